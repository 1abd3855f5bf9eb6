package dev.lectern.producer.augment;

import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.schemas.record.TransformStep;
import dev.lectern.schemas.view.Affine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A view while the steps of its plan are evaluated one after the other: a frame, at first the
 * image's, at last the canvas, and the images in it. No pixel is touched.
 *
 * <p>As long as an image is only mirrored, cut and resized by whole pixels, it stays a {@link Cut},
 * which is resized as reference detectors resize; anything else makes it a {@link Layer} of its own
 * map.
 */
final class Scene {
  private final ViewPlan plan;
  private final Picture own;
  private final List<TransformStep> steps = new ArrayList<>();
  private final List<PixelChange> pixels = new ArrayList<>();
  private List<Sheet> sheets;
  private Cut cut;
  private int width;
  private int height;
  private boolean canvasScale;
  private ColorJitter.Part lastColor;

  Scene(ViewPlan plan, Picture own) {
    this.plan = plan;
    this.own = own;
    cut = Cut.whole(own);
    width = own.width();
    height = own.height();
    Layer layer = new Layer(own, Projective.IDENTITY, own.outline(), List.of());
    sheets = List.of(new Sheet(1, List.of(layer)));
  }

  /** One that further steps of this scene do not change. */
  Scene copy() {
    Scene copy = new Scene(plan, own);
    copy.cut = cut;
    copy.sheets = sheets;
    copy.width = width;
    copy.height = height;
    copy.canvasScale = canvasScale;
    return copy;
  }

  /** Width of the frame, pixels. */
  int width() {
    return width;
  }

  /** Height of the frame, pixels. */
  int height() {
    return height;
  }

  ViewPlan plan() {
    return plan;
  }

  void mirrorHorizontally() {
    if (cut != null) {
      cut = cut.mirror();
    } else {
      move(Projective.of(Affine.flipHorizontal(width)));
    }
    note("flip-horizontal", Map.of("width", (double) width));
  }

  void mirrorVertically() {
    loosen();
    move(Projective.of(new Affine(1, 0, 0, 0, -1, height)));
    note("flip-vertical", Map.of("height", (double) height));
  }

  /** Cuts the frame to a window of it, pixels. */
  void crop(String name, int x, int y, int cutWidth, int cutHeight) {
    if (cut != null && !canvasScale) {
      cut = cut.of(new Cut.Window(cut.window().x() + x, cut.window().y() + y, cutWidth, cutHeight));
    } else {
      loosen();
      move(Projective.translate(-x, -y));
    }
    frame(cutWidth, cutHeight);
    note(
        name,
        Map.of(
            "x", (double) x,
            "y", (double) y,
            "width", (double) cutWidth,
            "height", (double) cutHeight));
  }

  /** Puts the frame into a larger one. */
  void expand(int x, int y, int newWidth, int newHeight) {
    loosen();
    move(Projective.translate(x, y));
    frame(newWidth, newHeight);
    note(
        "expand",
        Map.of(
            "x", (double) x,
            "y", (double) y,
            "width", (double) newWidth,
            "height", (double) newHeight));
  }

  /**
   * Resizes the frame to the canvas.
   *
   * @param scale factor on top of the resize that fits; what is larger than the canvas is cut
   * @param atX where the shown part lies then, 0 to 1
   * @param atY where the shown part lies then, 0 to 1
   */
  void fit(ResizeMode mode, double scale, double atX, double atY) {
    int canvasWidth = plan.size().width();
    int canvasHeight = plan.size().height();
    double fx = canvasWidth / (double) width;
    double fy = canvasHeight / (double) height;
    if (mode == ResizeMode.LETTERBOX) {
      fx = Math.min(fx, fy);
      fy = fx;
    }
    boolean whole = cut != null && !canvasScale;
    if (!whole) {
      loosen();
    }
    Span x = Span.of(whole ? cut.window().x() : 0, width, fx * scale, canvasWidth, atX);
    Span y = Span.of(whole ? cut.window().y() : 0, height, fy * scale, canvasHeight, atY);
    if (whole) {
      Cut.Window window = new Cut.Window(x.start(), y.start(), x.length(), y.length());
      cut = new Cut(cut.source(), cut.mirrored(), window, x.canvas(), y.canvas());
    } else {
      move(
          Projective.translate(-x.start(), -y.start())
              .then(
                  Projective.scale(
                      x.canvas() / (double) x.length(), y.canvas() / (double) y.length())));
    }
    frame(canvasWidth, canvasHeight);
    canvasScale = true;
    note(
        mode.label(),
        Map.of(
            "width", (double) x.canvas(),
            "height", (double) y.canvas(),
            "scale", scale,
            "padding", (double) plan.padding()));
  }

  /**
   * Maps the frame to the canvas, centre to centre.
   *
   * @param centred a map of the plane about (0, 0)
   */
  void warp(String name, Projective centred, Map<String, Double> numbers) {
    fitOnce();
    // A letterboxed image lies at the upper left; it is turned about its own centre.
    double centreX = (cut == null ? width : cut.width()) / 2.0;
    double centreY = (cut == null ? height : cut.height()) / 2.0;
    loosen();
    move(
        Projective.translate(-centreX, -centreY)
            .then(centred)
            .then(Projective.translate(plan.size().width() / 2.0, plan.size().height() / 2.0)));
    frame(plan.size().width(), plan.size().height());
    note(name, numbers);
  }

  /**
   * Maps the frame onto itself.
   *
   * @param centred a map of the plane about (0, 0)
   */
  void perspective(Projective centred, Map<String, Double> numbers) {
    fitOnce();
    loosen();
    move(
        Projective.translate(-width / 2.0, -height / 2.0)
            .then(centred)
            .then(Projective.translate(width / 2.0, height / 2.0)));
    frame(width, height);
    note("perspective", numbers);
  }

  /** Resizes a frame that still has the image's own scale to the canvas, as the plan says. */
  private void fitOnce() {
    if (!canvasScale) {
      fit(plan.resize(), 1, 0, 0);
    }
  }

  /** Makes the frame the canvas. */
  void finish() {
    if (!canvasScale || width != plan.size().width() || height != plan.size().height()) {
      fit(plan.resize(), 1, 0, 0);
    }
  }

  /**
   * Makes a board of several scenes.
   *
   * @param tiles each with its place on the board
   */
  void board(int boardWidth, int boardHeight, List<Tile> tiles, Map<String, Double> numbers) {
    List<Layer> all = new ArrayList<>();
    for (Tile tile : tiles) {
      tile.scene.loosen();
      Projective place =
          Projective.scale(
                  tile.width / (double) tile.scene.width, tile.height / (double) tile.scene.height)
              .then(Projective.translate(tile.x, tile.y));
      tile.scene.sheets.get(0).layers().forEach(layer -> all.add(layer.then(place)));
    }
    cut = null;
    sheets = List.of(new Sheet(1, all));
    frame(boardWidth, boardHeight);
    canvasScale = true;
    lastColor = ColorJitter.Part.HUE;
    note("mosaic", numbers);
  }

  /**
   * A scene's place on a board.
   *
   * @param scene the image
   * @param x left edge, board pixels
   * @param y top edge, board pixels
   * @param width board pixels
   * @param height board pixels
   */
  record Tile(Scene scene, int x, int y, int width, int height) {}

  /**
   * Blends this scene with another one; both become the size of the canvas.
   *
   * @param share of this scene, 0 to 1
   */
  void blend(Scene other, double share) {
    finish();
    loosen();
    other.finish();
    other.loosen();
    List<Sheet> all = new ArrayList<>();
    sheets.forEach(sheet -> all.add(sheet.times(share)));
    other.sheets.forEach(sheet -> all.add(sheet.times(1 - share)));
    sheets = List.copyOf(all);
    lastColor = ColorJitter.Part.HUE;
    note("mixup", Map.of("share", share));
  }

  /**
   * Pastes a rectangle of another scene over this one.
   *
   * @param region of the other frame, xyxy
   * @param scale factor
   * @param x of its left edge here
   * @param y of its top edge here
   */
  void paste(Scene other, double[] region, double scale, double x, double y) {
    loosen();
    other.loosen();
    Polygon part = Polygon.rectangle(region[0], region[1], region[2], region[3]);
    Projective place =
        Projective.translate(-region[0], -region[1])
            .then(Projective.scale(scale, scale))
            .then(Projective.translate(x, y));
    Polygon frame = Polygon.rectangle(0, 0, width, height);
    List<Layer> layers = new ArrayList<>(sheets.get(0).layers());
    for (Layer layer : other.sheets.get(0).layers()) {
      Layer pasted = layer.within(part).then(place).within(frame);
      if (!pasted.visible().isEmpty()) {
        layers.add(pasted);
      }
    }
    List<Sheet> all = new ArrayList<>(sheets);
    all.set(0, new Sheet(sheets.get(0).share(), layers));
    sheets = List.copyOf(all);
    lastColor = ColorJitter.Part.HUE;
    note(
        "copy-paste",
        Map.of(
            "x", x,
            "y", y,
            "scale", scale,
            "width", region[2] - region[0],
            "height", region[3] - region[1]));
  }

  /** Changes the colours of all images; padding keeps its value. */
  void recolor(ColorJitter.Part part, double value) {
    boolean joins = lastColor != null && part.compareTo(lastColor) > 0;
    lastColor = part;
    changeLayers(
        layer ->
            joins
                ? layer.withLast(layer.lastColors().with(part, value))
                : layer.with(ColorJitter.NONE.with(part, value)));
  }

  void change(PixelChange change) {
    finish();
    pixels.add(change);
  }

  /** The annotated objects of the first sheet, crowd regions left out: frame pixels, xyxy. */
  List<double[]> objects() {
    List<double[]> found = new ArrayList<>();
    for (Layer layer : placed().get(0).layers()) {
      for (AnnotatedBox box : layer.picture().boxes()) {
        Polygon visible =
            GroundTruthProjection.outline(layer, box)
                .clip(layer.visible())
                .clip(Polygon.rectangle(0, 0, width, height));
        if (!box.crowd() && !visible.isEmpty() && visible.area() > 0) {
          found.add(visible.bounds());
        }
      }
    }
    return found;
  }

  PlannedView view(int viewNumber) {
    finish();
    return new PlannedView(
        viewNumber,
        plan,
        own,
        cut,
        placed().stream().map(Sheet::visible).toList(),
        cut == null ? width : cut.width(),
        cut == null ? height : cut.height(),
        steps,
        pixels);
  }

  private List<Sheet> placed() {
    if (cut == null) {
      return sheets;
    }
    Projective map = Projective.of(cut.affine());
    Polygon visible = Polygon.rectangle(0, 0, cut.width(), cut.height());
    return sheets.stream()
        .map(s -> s.map(layer -> new Layer(layer.picture(), map, visible, layer.colors())))
        .toList();
  }

  private void loosen() {
    sheets = placed();
    cut = null;
  }

  /** Moves everything, if it is loose. */
  private void move(Projective next) {
    changeLayers(layer -> layer.then(next));
  }

  /** Gives the frame a size and hides what lies outside of it. */
  private void frame(int newWidth, int newHeight) {
    width = newWidth;
    height = newHeight;
    if (cut == null) {
      Polygon all = Polygon.rectangle(0, 0, width, height);
      changeLayers(layer -> layer.within(all));
      sheets = sheets.stream().map(Sheet::visible).toList();
    }
  }

  private void changeLayers(UnaryOperator<Layer> change) {
    sheets = sheets.stream().map(sheet -> sheet.map(change)).toList();
  }

  private void note(String name, Map<String, Double> numbers) {
    steps.add(new TransformStep(name, numbers));
  }
}
