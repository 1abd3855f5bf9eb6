package dev.lectern.trainer.target;

import java.util.Arrays;

/**
 * Weighted rows of a batch, grouped by level.
 *
 * @param rows (M) row indices, see {@link BatchRows}, ascending
 * @param weights (M)
 * @param bounds (L + 1); the rows of level l are entries bounds[l] to bounds[l + 1] - 1
 */
public record RowRegion(int[] rows, float[] weights, int[] bounds) {
  /** Number of rows, M. */
  public int count() {
    return rows.length;
  }

  /** For each row one over the number of rows of its level, so that a sum is a mean per level. */
  public float[] sharesPerLevel() {
    float[] shares = new float[rows.length];
    for (int l = 0; l < bounds.length - 1; l++) {
      Arrays.fill(shares, bounds[l], bounds[l + 1], 1f / (bounds[l + 1] - bounds[l]));
    }
    return shares;
  }
}
