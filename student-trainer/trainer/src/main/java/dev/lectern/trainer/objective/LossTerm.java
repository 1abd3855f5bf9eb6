package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;

/**
 * One named loss of a batch, kept as its addends so that it can be summed over all levels or read
 * per level.
 */
final class LossTerm {
  /**
   * Addends of rows grouped by level.
   *
   * @param values (M)
   * @param bounds (L + 1); level l owns values bounds[l] to bounds[l + 1] - 1
   */
  private record Part(NDArray values, int[] bounds) {}

  private final String name;
  private final List<Part> parts = new ArrayList<>();
  private NDArray scale;

  LossTerm(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  LossTerm add(NDArray values, int[] bounds) {
    parts.add(new Part(values, bounds));
    return this;
  }

  /** Multiplies the sums by a scalar. */
  LossTerm scaledBy(NDArray factor) {
    scale = factor;
    return this;
  }

  /** The sum over all levels; a scalar. */
  NDArray sum(NDArray zero) {
    NDArray sum = null;
    for (Part part : parts) {
      NDArray addend = part.values().sum();
      sum = sum == null ? addend : sum.add(addend);
    }
    return scaled(sum == null ? zero : sum);
  }

  /** The sum of one level; a scalar. */
  NDArray sumOfLevel(int level, NDArray zero) {
    NDArray sum = zero;
    for (Part part : parts) {
      int from = part.bounds()[level];
      int to = part.bounds()[level + 1];
      if (from < to) {
        sum = sum.add(part.values().get(from + ":" + to).sum());
      }
    }
    return scaled(sum);
  }

  private NDArray scaled(NDArray sum) {
    return scale == null ? sum : sum.mul(scale);
  }
}
