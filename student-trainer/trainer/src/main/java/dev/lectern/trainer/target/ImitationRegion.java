package dev.lectern.trainer.target;

import dev.lectern.detector.box.Overlap;

/**
 * Regions of feature imitation that follow from ground truth and priors alone: which positions of
 * the student's features copy the teacher's.
 */
public final class ImitationRegion {
  private ImitationRegion() {}

  /**
   * Positions whose anchor overlaps some box by more than half of the best overlap that the box has
   * with any anchor of any level: the fine-grained region in the form of the localization
   * distillation code (after arXiv:1906.03609, section 3.1).
   *
   * @param anchors (R, 4) xyxy
   * @param boxes (G, 4) xyxy
   * @return (R)
   */
  public static boolean[] fineGrained(float[] anchors, float[] boxes) {
    boolean[] region = new boolean[anchors.length / 4];
    double[] overlaps = new double[region.length];
    for (int g = 0; g < boxes.length / 4; g++) {
      double best = 0;
      for (int i = 0; i < region.length; i++) {
        overlaps[i] = Overlap.IOU.of(anchors, i, boxes, g);
        best = Math.max(best, overlaps[i]);
      }
      for (int i = 0; i < region.length; i++) {
        region[i] |= overlaps[i] > 0.5 * best;
      }
    }
    return region;
  }

  /**
   * Positions whose anchor centre lies strictly inside some box, on every level.
   *
   * @param anchors (R, 4) xyxy
   * @param boxes (G, 4) xyxy
   * @return (R)
   */
  public static boolean[] insideBox(float[] anchors, float[] boxes) {
    boolean[] region = new boolean[anchors.length / 4];
    for (int i = 0; i < region.length; i++) {
      double x = ((double) anchors[4 * i] + anchors[4 * i + 2]) / 2;
      double y = ((double) anchors[4 * i + 1] + anchors[4 * i + 3]) / 2;
      for (int g = 0; g < boxes.length / 4 && !region[i]; g++) {
        region[i] =
            x > boxes[4 * g]
                && y > boxes[4 * g + 1]
                && x < boxes[4 * g + 2]
                && y < boxes[4 * g + 3];
      }
    }
    return region;
  }

  /** Positions that the assigner made positive. */
  public static boolean[] main(Assignment assignment) {
    boolean[] region = new boolean[assignment.objects().length];
    for (int i = 0; i < region.length; i++) {
      region[i] = assignment.objects()[i] != Assignment.BACKGROUND;
    }
    return region;
  }
}
