package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One named loss of a batch, kept as its addends so that it can be summed over all levels or read
 * per level. Without addends it is 0.
 */
public final class LossTerm {
  /**
   * Addends of rows grouped by level.
   *
   * @param values (M)
   * @param bounds (L + 1); level l owns values bounds[l] to bounds[l + 1] - 1
   */
  private record Part(NDArray values, int[] bounds) {}

  private final String name;
  private final List<Part> parts = new ArrayList<>();
  private NDArray divisor;
  private double factor = 1;

  LossTerm(String name) {
    this.name = name;
  }

  /** As in reports. */
  public String name() {
    return name;
  }

  /**
   * Adds rows.
   *
   * @param values (M) addends
   * @param bounds (L + 1); level l owns values bounds[l] to bounds[l + 1] - 1
   */
  public LossTerm add(NDArray values, int[] bounds) {
    parts.add(new Part(values, bounds));
    return this;
  }

  /** Adds one scalar per level. */
  public LossTerm addPerLevel(List<NDArray> scalars) {
    NDArray values = NDArrays.stack(new NDList(scalars));
    return add(values, IntStream.rangeClosed(0, scalars.size()).toArray());
  }

  /** Adds a scalar that belongs to no level; per level it counts to the finest. */
  public LossTerm addWhole(NDArray scalar, int levels) {
    int[] bounds = new int[levels + 1];
    Arrays.fill(bounds, 1, levels + 1, 1);
    return add(scalar.reshape(1), bounds);
  }

  /** Multiplies the sums by a number, also by those given before. */
  public LossTerm times(double number) {
    factor *= number;
    return this;
  }

  /** Divides the sums by a scalar tensor, once. */
  LossTerm dividedBy(NDArray scalar) {
    divisor = scalar;
    return this;
  }

  /** The sum over all levels; a scalar. */
  NDArray sum(NDArray zero) {
    NDArray sum = null;
    for (Part part : parts) {
      NDArray addend = part.values().sum();
      sum = sum == null ? addend : sum.add(addend);
    }
    return sum == null ? zero : scaled(sum);
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
    if (divisor != null) {
      return sum.mul(divisor.getNDArrayInternal().rdiv((float) factor));
    }
    return factor == 1 ? sum : sum.mul(sum.getManager().create((float) factor));
  }
}
