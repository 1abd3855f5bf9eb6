package dev.lectern.trainer.assign;

import dev.lectern.detector.box.Overlap;
import dev.lectern.detector.region.Assignment;

/**
 * Regions of feature imitation that follow from ground truth and priors alone: which positions of
 * the student's features copy the teacher's.
 */
public final class ImitationRegion {
  /**
   * The published part of the best overlap from which on an anchor is in the fine-grained region.
   */
  public static final double PUBLISHED_PART = 0.5;

  private ImitationRegion() {}

  /**
   * Positions whose anchor overlaps some box by more than a part of the best overlap that the box
   * has with any anchor of any level: the fine-grained region in the form of the localization
   * distillation code (after arXiv:1906.03609, section 3.1).
   *
   * @param anchors (R, 4) xyxy
   * @param boxes (G, 4) xyxy
   * @param part of the best overlap, published {@link #PUBLISHED_PART}
   * @return (R)
   */
  public static boolean[] fineGrained(float[] anchors, float[] boxes, double part) {
    boolean[] region = new boolean[anchors.length / 4];
    double[] overlaps = new double[region.length];
    for (int g = 0; g < boxes.length / 4; g++) {
      double best = 0;
      for (int i = 0; i < region.length; i++) {
        overlaps[i] = Overlap.IOU.of(anchors, i, boxes, g);
        best = Math.max(best, overlaps[i]);
      }
      for (int i = 0; i < region.length; i++) {
        region[i] |= overlaps[i] > part * best;
      }
    }
    return region;
  }

  /**
   * Cells with some anchor that overlaps some box by more than a part of the best overlap that the
   * box has on this one map: the fine-grained region as first published (arXiv:1906.03609, section
   * 3.1).
   *
   * @param anchors (cells * A, 4) xyxy, the anchors of a cell next to each other
   * @param anchorsPerCell A
   * @param boxes (G, 4) xyxy
   * @param part of the best overlap, published {@link #PUBLISHED_PART}
   * @param widths as published {@link Widths#WHOLE_PIXELS}
   * @return (cells)
   */
  public static boolean[] fineGrainedCells(
      float[] anchors, int anchorsPerCell, float[] boxes, double part, Widths widths) {
    boolean[] region = new boolean[anchors.length / 4 / anchorsPerCell];
    double[] overlaps = new double[anchors.length / 4];
    for (int g = 0; g < boxes.length / 4; g++) {
      double best = 0;
      for (int i = 0; i < overlaps.length; i++) {
        overlaps[i] = widths.overlap(anchors, i, boxes, g);
        best = Math.max(best, overlaps[i]);
      }
      for (int i = 0; i < overlaps.length; i++) {
        region[i / anchorsPerCell] |= overlaps[i] > part * best;
      }
    }
    return region;
  }

  /** How the side of a box is counted. */
  public enum Widths {
    /** x2 - x1. */
    CONTINUOUS,
    /** x2 - x1 + 1. */
    WHOLE_PIXELS;

    private double overlap(float[] a, int i, float[] b, int j) {
      if (this == CONTINUOUS) {
        return Overlap.IOU.of(a, i, b, j);
      }
      double[] grown = new double[8];
      for (int e = 0; e < 4; e++) {
        grown[e] = a[4 * i + e] + (e < 2 ? 0.0 : 1.0);
        grown[4 + e] = b[4 * j + e] + (e < 2 ? 0.0 : 1.0);
      }
      double shared =
          Math.max(0, Math.min(grown[2], grown[6]) - Math.max(grown[0], grown[4]))
              * Math.max(0, Math.min(grown[3], grown[7]) - Math.max(grown[1], grown[5]));
      double first = (grown[2] - grown[0]) * (grown[3] - grown[1]);
      double second = (grown[6] - grown[4]) * (grown[7] - grown[5]);
      return shared / (first + second - shared);
    }
  }

  /** Positions that the assigner made positive. */
  public static boolean[] main(Assignment assignment) {
    boolean[] region = new boolean[assignment.objects().length];
    for (int i = 0; i < region.length; i++) {
      region[i] = assignment.objects()[i] >= 0;
    }
    return region;
  }
}
