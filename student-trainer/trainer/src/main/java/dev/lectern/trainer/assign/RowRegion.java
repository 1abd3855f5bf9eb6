package dev.lectern.trainer.assign;

import java.util.Arrays;
import java.util.function.IntPredicate;

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

  /** Number of rows of a level. */
  public int count(int level) {
    return bounds[level + 1] - bounds[level];
  }

  /** Those of its rows that hold a condition; this if all do. */
  public RowRegion where(IntPredicate condition) {
    Collector kept = new Collector(bounds.length - 1);
    for (int level = 0; level < bounds.length - 1; level++) {
      for (int i = bounds[level]; i < bounds[level + 1]; i++) {
        if (condition.test(rows[i])) {
          kept.add(rows[i], weights[i]);
        }
      }
      kept.endLevel(level);
    }
    return kept.size == rows.length ? this : kept.region();
  }

  /** For each row one over the number of rows of its level, so that a sum is a mean per level. */
  public float[] sharesPerLevel() {
    float[] shares = new float[rows.length];
    for (int l = 0; l < bounds.length - 1; l++) {
      Arrays.fill(shares, bounds[l], bounds[l + 1], 1f / count(l));
    }
    return shares;
  }

  /**
   * Which cells of a level are in the region: those with an anchor in it.
   *
   * @return (N * H * W) of the level, row-major over n, h, w
   */
  public boolean[] cells(int level, BatchRows order) {
    int anchors = order.anchorsPerCell();
    boolean[] cells = new boolean[(order.start(level + 1) - order.start(level)) / anchors];
    for (int i = bounds[level]; i < bounds[level + 1]; i++) {
      cells[(rows[i] - order.start(level)) / anchors] = true;
    }
    return cells;
  }

  /** Collects rows in ascending order, level after level. */
  public static final class Collector {
    private int[] rows = new int[64];
    private float[] weights = new float[64];
    private final int[] bounds;
    private int size;

    /** Starts with no rows. */
    public Collector(int levels) {
      bounds = new int[levels + 1];
    }

    /** Appends a row. */
    public void add(int row, float weight) {
      if (size == rows.length) {
        rows = Arrays.copyOf(rows, 2 * size);
        weights = Arrays.copyOf(weights, 2 * size);
      }
      rows[size] = row;
      weights[size++] = weight;
    }

    /** The rows so far are those up to this level. */
    public void endLevel(int level) {
      bounds[level + 1] = size;
    }

    /** The rows so far. */
    public RowRegion region() {
      return new RowRegion(Arrays.copyOf(rows, size), Arrays.copyOf(weights, size), bounds);
    }
  }
}
