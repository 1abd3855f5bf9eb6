package dev.lectern.producer.augment;

import dev.lectern.schemas.record.Part;
import dev.lectern.schemas.record.Transform;
import dev.lectern.schemas.record.TransformStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Everything that is done to images to get one view, in numbers.
 *
 * <p>Where the view is a {@link Cut} of its own image, that lies at the upper left of the canvas;
 * else every layer of every sheet is resampled once from its image, by its map. Colours change in
 * the pixels of images only; what no layer covers has the padding value.
 *
 * @param viewNumber 0 is the plain resize
 * @param plan where it comes from
 * @param picture the image that the view is of
 * @param cut null where the view is more than a cut of its image
 * @param sheets their weighted sum is the view
 * @param validWidth of the canvas region that shows the image, pixels; a whole canvas without cut
 * @param validHeight of the canvas region that shows the image, pixels
 * @param geometry the steps that moved or mixed images, for lineage
 * @param changes of the finished canvas, in order
 */
public record PlannedView(
    int viewNumber,
    ViewPlan plan,
    Picture picture,
    Cut cut,
    List<Sheet> sheets,
    int validWidth,
    int validHeight,
    List<TransformStep> geometry,
    List<PixelChange> changes) {
  public PlannedView {
    sheets = List.copyOf(sheets);
    geometry = List.copyOf(geometry);
    changes = List.copyOf(changes);
  }

  /** What the view's record says about it. */
  public Transform transform() {
    return new Transform(affine(), steps(), parts());
  }

  /** Source pixels to canvas pixels; empty if that is not an affine map of the one image. */
  private List<Double> affine() {
    if (cut != null) {
      return cut.affine().toList();
    }
    boolean single = sheets.size() == 1 && sheets.get(0).layers().size() == 1;
    Layer layer = single ? sheets.get(0).layers().get(0) : null;
    return single && layer.picture().equals(picture) && layer.map().isAffine()
        ? layer.map().affine().toList()
        : List.of();
  }

  /** Empty for a cut, which affine and size describe. */
  private List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    for (int sheet = 0; cut == null && sheet < sheets.size(); sheet++) {
      for (Layer layer : sheets.get(sheet).layers()) {
        parts.add(
            Part.newBuilder()
                .setImageId(layer.picture().imageId())
                .setMap(layer.map().toList())
                .setRegion(layer.visible().toList())
                .setSheet(sheet)
                .setShare(sheets.get(sheet).share())
                .build());
      }
    }
    return parts;
  }

  /** The steps for the view's lineage. */
  List<TransformStep> steps() {
    List<TransformStep> steps = new ArrayList<>(cut == null ? geometry : cutSteps());
    for (ColorJitter colors : ownColors()) {
      if (!colors.changesNothing()) {
        steps.add(new TransformStep("brightness", Map.of("factor", colors.brightness())));
        steps.add(new TransformStep("contrast", Map.of("factor", colors.contrast())));
        steps.add(new TransformStep("saturation", Map.of("factor", colors.saturation())));
        steps.add(new TransformStep("hue", Map.of("degrees", colors.hue())));
      }
    }
    changes.forEach(change -> steps.add(change.lineage()));
    return steps;
  }

  /**
   * The changes of the colours of the image that the view is of; none where it is not to be seen.
   */
  List<ColorJitter> ownColors() {
    return sheets.get(0).layers().stream()
        .filter(layer -> layer.picture().equals(picture))
        .findFirst()
        .map(Layer::colors)
        .orElse(List.of());
  }

  private List<TransformStep> cutSteps() {
    List<TransformStep> steps = new ArrayList<>();
    Cut.Window window = cut.window();
    if (cut.mirrored()) {
      steps.add(new TransformStep("flip-horizontal", Map.of("width", (double) picture.width())));
    }
    if (window.width() != picture.width() || window.height() != picture.height()) {
      steps.add(
          new TransformStep(
              "crop",
              Map.of(
                  "x", (double) window.x(),
                  "y", (double) window.y(),
                  "width", (double) window.width(),
                  "height", (double) window.height())));
    }
    geometry.stream()
        .filter(step -> step.getParameters().containsKey("padding"))
        .forEach(steps::add);
    return steps;
  }
}
