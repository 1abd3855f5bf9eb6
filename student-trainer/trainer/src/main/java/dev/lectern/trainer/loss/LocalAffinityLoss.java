package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

/**
 * Local affinity: how far the feature of a position is from those of its eight neighbours.
 *
 * <pre>
 *   d(p, q) = sqrt(‖f_p - f_q‖² + 1e-12)
 *   MEAN           c(p) = mean of d(p, q) over the neighbours inside the map
 *                  L = mean_p (c_s(p) - c_t(p))²
 *   PER_NEIGHBOUR  L = mean over all (p, q) of (d_s - d_t)²
 * </pre>
 *
 * <p>Xie et al. 2018 (arXiv:1810.12020), section 3.2; channels of student and teacher may differ.
 */
public final class LocalAffinityLoss {
  /** What is compared. */
  public enum Mode {
    /** The mean distance to the neighbours. */
    MEAN,
    /** Each distance by itself. */
    PER_NEIGHBOUR
  }

  /**
   * Four offsets (dy, dx); the other four neighbours are the same pairs seen from the other end.
   */
  private static final int[][] OFFSETS = {{0, 1}, {1, 0}, {1, 1}, {1, -1}};

  private static final float EPSILON = 1e-12f;

  private LocalAffinityLoss() {}

  /**
   * The loss of one level.
   *
   * @param student (N, C_s, H, W)
   * @param teacher (N, C_t, H, W), constant
   * @return scalar ≥ 0; 0 on a map of one position
   */
  public static NDArray loss(NDArray student, NDArray teacher, Mode mode) {
    return mode == Mode.MEAN
        ? meanOfNeighbours(student, teacher.stopGradient())
        : perNeighbour(student, teacher.stopGradient());
  }

  private static NDArray perNeighbour(NDArray student, NDArray teacher) {
    NDArray sum = null;
    long pairs = 0;
    for (int[] offset : OFFSETS) {
      if (hasPairs(student.getShape(), offset)) {
        NDArray squared = distances(student, offset).sub(distances(teacher, offset)).square();
        pairs += squared.size();
        sum = sum == null ? squared.sum() : sum.add(squared.sum());
      }
    }
    return sum == null ? Rows.zero(student) : sum.mul(Constants.of(student, (float) (1.0 / pairs)));
  }

  private static NDArray meanOfNeighbours(NDArray student, NDArray teacher) {
    Shape shape = student.getShape();
    NDArray sum = null;
    for (int[] offset : OFFSETS) {
      if (hasPairs(shape, offset)) {
        NDArray difference = distances(student, offset).sub(distances(teacher, offset));
        NDArray both = atBothEnds(difference, offset);
        sum = sum == null ? both : sum.add(both);
      }
    }
    if (sum == null) {
      return Rows.zero(student);
    }
    NDArray shares = student.getManager().create(shares(shape), sum.getShape().slice(1));
    return sum.mul(shares).square().mean();
  }

  private static boolean hasPairs(Shape shape, int[] offset) {
    return shape.get(2) > offset[0] && shape.get(3) > Math.abs(offset[1]);
  }

  /** Distances of all pairs with the given offset, (N, H - dy, W - |dx|). */
  private static NDArray distances(NDArray map, int[] offset) {
    long height = map.getShape().get(2);
    long width = map.getShape().get(3);
    int dx = Math.abs(offset[1]);
    NDArray upper = map.get(window(0, height - offset[0], offset[1] < 0 ? dx : 0, width, dx));
    NDArray lower = map.get(window(offset[0], height, offset[1] > 0 ? dx : 0, width, dx));
    return upper.sub(lower).square().sum(new int[] {1}).add(EPSILON).sqrt();
  }

  private static NDIndex window(long top, long bottom, long left, long width, int dx) {
    return new NDIndex(":, :, {}:{}, {}:{}", top, bottom, left, left + width - dx);
  }

  /** Adds each pair's value at both of its positions, (N, H, W). */
  private static NDArray atBothEnds(NDArray pairs, int[] offset) {
    int dy = offset[0];
    int dx = Math.abs(offset[1]);
    int upperLeft = offset[1] < 0 ? dx : 0;
    int lowerLeft = offset[1] > 0 ? dx : 0;
    NDArray upper = pairs.pad(new Shape(upperLeft, dx - upperLeft, 0, dy), 0);
    NDArray lower = pairs.pad(new Shape(lowerLeft, dx - lowerLeft, dy, 0), 0);
    return upper.add(lower);
  }

  /** One over the number of neighbours of each position, (H, W). */
  private static float[] shares(Shape shape) {
    int height = (int) shape.get(2);
    int width = (int) shape.get(3);
    float[] shares = new float[height * width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int rows = Math.min(y + 1, height - 1) - Math.max(y - 1, 0) + 1;
        int columns = Math.min(x + 1, width - 1) - Math.max(x - 1, 0) + 1;
        shares[y * width + x] = 1f / (rows * columns - 1);
      }
    }
    return shares;
  }
}
