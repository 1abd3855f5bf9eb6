package dev.lectern.detector.layer;

/**
 * Another number of cells along one side of a map: each is a weighted sum of those that are there.
 *
 * @param size cells that are there
 * @param count cells that come of them
 * @param weights (count, size), row-major; each row sums to 1
 */
public record Resampling(int size, int count, float[] weights) {
  /**
   * Adaptive averaging: cell i of n is the mean of the cells from floor(i·size/n) up to, not
   * including, ceil((i+1)·size/n).
   */
  public static Resampling averaging(int size, int count) {
    float[] weights = new float[count * size];
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) i * size / count);
      int to = (int) (((i + 1L) * size + count - 1) / count);
      for (int j = from; j < to; j++) {
        weights[i * size + j] = 1f / (to - from);
      }
    }
    return new Resampling(size, count, weights);
  }

  /**
   * Bilinear by the centres of cells: cell i of n reads at max(0, (i + 1/2)·size/n - 1/2), between
   * the two nearest cells.
   */
  public static Resampling bilinear(int size, int count) {
    return between(size, centres(size, count));
  }

  /** Where cells read in {@link #bilinear}, in cells of those that are there. */
  public static double[] centres(int size, int count) {
    double[] at = new double[count];
    for (int i = 0; i < count; i++) {
      at[i] = Math.max(0, (i + 0.5) * size / count - 0.5);
    }
    return at;
  }

  /** Bilinear between the outermost cells: cell i of n reads at i·(size - 1)/(n - 1). */
  public static Resampling aligned(int size, int count) {
    return between(size, corners(size, count));
  }

  /** Where cells read in {@link #aligned}, in cells of those that are there. */
  public static double[] corners(int size, int count) {
    double[] at = new double[count];
    for (int i = 0; i < count; i++) {
      at[i] = count == 1 ? 0 : (double) i * (size - 1) / (count - 1);
    }
    return at;
  }

  /** The nearest cell: cell i of n takes cell floor(i·size/n). */
  public static Resampling nearest(int size, int count) {
    float[] weights = new float[count * size];
    for (int i = 0; i < count; i++) {
      weights[i * size + (int) ((long) i * size / count)] = 1;
    }
    return new Resampling(size, count, weights);
  }

  private static Resampling between(int size, double[] at) {
    float[] weights = new float[at.length * size];
    for (int i = 0; i < at.length; i++) {
      int first = Math.min((int) at[i], size - 1);
      int second = Math.min(first + 1, size - 1);
      weights[i * size + first] += (float) (1 - (at[i] - first));
      weights[i * size + second] += (float) (at[i] - first);
    }
    return new Resampling(size, at.length, weights);
  }
}
