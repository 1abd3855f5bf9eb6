package dev.lectern.detector.region;

import dev.lectern.detector.box.Overlap;

/**
 * The valuable localization region (VLR): positions around an object whose teacher distributions
 * are worth learning although no assigner made them positive (arXiv:2102.12252, section 3.3,
 * algorithm 1).
 */
public final class ValuableRegion {
  private ValuableRegion() {}

  /**
   * The region as the public code computes it.
   *
   * <pre>
   *   member of g:  γ·a_g ≤ D(i, g) &lt; a_g,   D = shared / area(anchor i) - ρ² / c²
   *   weight of i = largest IoU with a box it is a member of
   * </pre>
   *
   * <p>Positives of the main region stay in; the centre need not be inside the box.
   *
   * @param anchors (R, 4) xyxy
   * @param boxes (G, 4) xyxy
   * @param thresholds (G) a_g, from {@link Assignment#thresholds()}
   * @param gamma γ in [0, 1]; the public code fixes 0.25
   * @return (R); 0 outside the region
   */
  public static float[] official(
      float[] anchors, float[] boxes, double[] thresholds, double gamma) {
    float[] weights = new float[anchors.length / 4];
    for (int g = 0; g < thresholds.length; g++) {
      double threshold = thresholds[g];
      for (int i = 0; i < weights.length; i++) {
        if (apart(anchors, i, boxes, g)) {
          continue; // its weight would be 0
        }
        double d = Overlap.DIOU_OVER_FIRST_AREA.of(anchors, i, boxes, g);
        if (d >= gamma * threshold && d < threshold) {
          weights[i] = Math.max(weights[i], (float) Overlap.IOU.of(anchors, i, boxes, g));
        }
      }
    }
    return weights;
  }

  /**
   * The region as printed: some box g has γ·a_g ≤ DIoU(i, g) ≤ a_g.
   *
   * @return (R); 1 inside the region, else 0
   */
  public static float[] paper(float[] anchors, float[] boxes, double[] thresholds, double gamma) {
    float[] weights = new float[anchors.length / 4];
    for (int g = 0; g < thresholds.length; g++) {
      double threshold = thresholds[g];
      for (int i = 0; i < weights.length; i++) {
        double d = Overlap.DIOU.of(anchors, i, boxes, g);
        if (d >= gamma * threshold && d <= threshold) {
          weights[i] = 1;
        }
      }
    }
    return weights;
  }

  /**
   * The union of both forms with γ = 0, in which every region of either form with any γ lies.
   *
   * @return (R)
   */
  public static boolean[] widest(float[] anchors, float[] boxes, double[] thresholds) {
    boolean[] region = new boolean[anchors.length / 4];
    for (int g = 0; g < thresholds.length; g++) {
      double threshold = thresholds[g];
      for (int i = 0; i < region.length; i++) {
        if (region[i] || apart(anchors, i, boxes, g)) {
          continue; // D and DIoU of boxes that are apart are below 0
        }
        double official = Overlap.DIOU_OVER_FIRST_AREA.of(anchors, i, boxes, g);
        double printed = Overlap.DIOU.of(anchors, i, boxes, g);
        region[i] = official >= 0 && official < threshold || printed >= 0 && printed <= threshold;
      }
    }
    return region;
  }

  /** The weights with 0 at every position that the assignment made positive. */
  public static float[] withoutMain(float[] weights, Assignment main) {
    float[] rest = weights.clone();
    for (int i = 0; i < rest.length; i++) {
      if (main.objects()[i] >= 0) {
        rest[i] = 0;
      }
    }
    return rest;
  }

  private static boolean apart(float[] a, int i, float[] b, int j) {
    return a[4 * i] >= b[4 * j + 2]
        || b[4 * j] >= a[4 * i + 2]
        || a[4 * i + 1] >= b[4 * j + 3]
        || b[4 * j + 1] >= a[4 * i + 3];
  }
}
