package dev.lectern.detector.region;

import java.util.Arrays;

/**
 * Which object each position of one image learns.
 *
 * @param objects (R) index of the ground-truth box, or {@link #BACKGROUND}
 * @param overlaps (R) IoU of the anchor with its box; -1 on background
 * @param thresholds (G) IoU from which on a candidate of that box was positive
 */
public record Assignment(int[] objects, float[] overlaps, double[] thresholds) {
  /** Marks a position without an object. */
  public static final int BACKGROUND = -1;

  /** Number of positions that have an object. */
  public int positives() {
    return (int) Arrays.stream(objects).filter(object -> object != BACKGROUND).count();
  }
}
