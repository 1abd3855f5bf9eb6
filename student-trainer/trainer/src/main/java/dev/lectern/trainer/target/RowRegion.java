package dev.lectern.trainer.target;

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
}
