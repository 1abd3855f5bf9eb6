package dev.lectern.producer.augment;

import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.view.Affine;
import java.util.ArrayList;
import java.util.List;

/**
 * Boxes of an image on one of its views.
 *
 * <p>A box is clipped to the image, mapped, and clipped to the valid region. View 0 keeps every box
 * that has any area left. Other views leave out a box of which less than {@code min-visible} of its
 * area remains or whose shorter side is below {@code min-side}; crowd regions only have to pass the
 * second test.
 */
public final class GroundTruthProjection {
  private GroundTruthProjection() {}

  /**
   * @param boxes in pixels of the upright image
   * @return in canvas pixels, in the order of the boxes
   */
  public static List<GroundTruth> onto(PlannedView view, List<AnnotatedBox> boxes) {
    Affine affine = view.affine();
    Augmentation limits = view.plan().augment();
    List<GroundTruth> kept = new ArrayList<>(boxes.size());
    for (AnnotatedBox box : boxes) {
      double[] whole =
          affine.applyToBox(
              clip(box.x(), view.sourceWidth()),
              clip(box.y(), view.sourceHeight()),
              clip(box.x() + box.width(), view.sourceWidth()),
              clip(box.y() + box.height(), view.sourceHeight()));
      float x1 = (float) clip(whole[0], view.validWidth());
      float y1 = (float) clip(whole[1], view.validHeight());
      float x2 = (float) clip(whole[2], view.validWidth());
      float y2 = (float) clip(whole[3], view.validHeight());
      if (!(x2 > x1 && y2 > y1)) {
        continue;
      }
      if (view.viewNumber() > 0) {
        double width = (double) x2 - x1;
        double height = (double) y2 - y1;
        double visible = width * height / ((whole[2] - whole[0]) * (whole[3] - whole[1]));
        // The float corners of a wholly visible box may lie a rounding inside the exact ones.
        boolean enough = visible + 1e-4 >= limits.minVisible();
        if (Math.min(width, height) < limits.minSide() || !(box.crowd() || enough)) {
          continue;
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
    return kept;
  }

  private static double clip(double v, double max) {
    return Math.max(0, Math.min(max, v));
  }
}
