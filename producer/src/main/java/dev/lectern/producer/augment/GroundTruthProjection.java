package dev.lectern.producer.augment;

import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.schemas.record.GroundTruth;
import java.util.ArrayList;
import java.util.List;

/**
 * The annotated boxes of a view.
 *
 * <p>A box is clipped to its image and mapped; what lies outside of the region that shows the image
 * is cut off; the smallest upright box around the rest is the view's. View 0 keeps every box that
 * has any area left. Other views leave out a box of which less than {@code min-visible} of its area
 * is visible or whose shorter side is below {@code min-side}; crowd regions only have to pass the
 * second test. Not visible is what was cut off, and what images that were pasted over it or cut-out
 * rectangles cover; covering hides, but does not move the edges of the box.
 */
public final class GroundTruthProjection {
  /** The corners of a wholly visible box may lie a rounding inside the exact ones. */
  private static final double TOLERANCE = 1e-4;

  private GroundTruthProjection() {}

  /**
   * @return in canvas pixels, in the order of layers and boxes
   */
  public static List<GroundTruth> of(PlannedView view) {
    List<Polygon> holes =
        view.changes().stream()
            .filter(PixelChange.Hole.class::isInstance)
            .map(change -> ((PixelChange.Hole) change).outline())
            .toList();
    List<GroundTruth> kept = new ArrayList<>();
    for (Sheet sheet : view.sheets()) {
      for (int i = 0; i < sheet.layers().size(); i++) {
        List<Polygon> covers = new ArrayList<>(holes);
        sheet.layers().stream().skip(i + 1).map(Layer::visible).forEach(covers::add);
        Layer layer = sheet.layers().get(i);
        for (AnnotatedBox box : layer.picture().boxes()) {
          place(view, layer, box, covers, kept);
        }
      }
    }
    return kept;
  }

  private static void place(
      PlannedView view,
      Layer layer,
      AnnotatedBox box,
      List<Polygon> covers,
      List<GroundTruth> kept) {
    Polygon whole = outline(layer, box);
    Polygon visible = whole.clip(layer.visible());
    double[] bounds = visible.bounds();
    float x1 = (float) clip(bounds[0], view.validWidth());
    float y1 = (float) clip(bounds[1], view.validHeight());
    float x2 = (float) clip(bounds[2], view.validWidth());
    float y2 = (float) clip(bounds[3], view.validHeight());
    if (!(x2 > x1 && y2 > y1)) {
      return;
    }
    if (view.viewNumber() > 0) {
      double area = visible.area();
      for (Polygon cover : covers) {
        area -= visible.clip(cover).area();
      }
      boolean enough = area / whole.area() + TOLERANCE >= view.plan().augment().minVisible();
      double shorter = Math.min((double) x2 - x1, (double) y2 - y1);
      if (shorter < view.plan().augment().minSide() || !(box.crowd() || enough)) {
        return;
      }
    }
    kept.add(
        GroundTruth.newBuilder()
            .setX1(x1)
            .setY1(y1)
            .setX2(x2)
            .setY2(y2)
            .setLabel(box.label())
            .setCrowd(box.crowd())
            .setAnnotationId(box.annotationId())
            .setSourceBox(List.of(box.x(), box.y(), box.width(), box.height()))
            .setSourceArea(box.area())
            .build());
  }

  /** The part of a box that lies in its image, in the frame. */
  static Polygon outline(Layer layer, AnnotatedBox box) {
    Picture picture = layer.picture();
    return Polygon.rectangle(
            clip(box.x(), picture.width()),
            clip(box.y(), picture.height()),
            clip(box.x() + box.width(), picture.width()),
            clip(box.y() + box.height(), picture.height()))
        .map(layer.map());
  }

  private static double clip(double v, double max) {
    return Math.max(0, Math.min(max, v));
  }
}
