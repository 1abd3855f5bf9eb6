package dev.lectern.detector.region;

import java.util.Arrays;

/**
 * Which object each position of one image learns.
 *
 * @param objects (R) index of the ground-truth box, {@link #BACKGROUND} or {@link #IGNORED}
 * @param overlaps (R) IoU of the anchor with its box; -1 without one
 * @param thresholds (G) IoU from which on ATSS counts a candidate of that box
 */
public record Assignment(int[] objects, float[] overlaps, double[] thresholds) {
  /** Marks a position without an object. */
  public static final int BACKGROUND = -1;

  /** Marks a position that no class loss looks at. */
  public static final int IGNORED = -2;

  /**
   * What some of the positions learn.
   *
   * @param positions (M)
   * @return of M positions
   */
  public Assignment at(int[] positions) {
    int[] some = new int[positions.length];
    float[] own = new float[positions.length];
    for (int m = 0; m < positions.length; m++) {
      some[m] = objects[positions[m]];
      own[m] = overlaps[positions[m]];
    }
    return new Assignment(some, own, thresholds);
  }

  /** Number of positions that have an object. */
  public int positives() {
    return (int) Arrays.stream(objects).filter(object -> object >= 0).count();
  }
}
