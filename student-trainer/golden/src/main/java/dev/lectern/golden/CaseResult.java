package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** What our implementation computes for one case: named scalars and tensors. */
public final class CaseResult {
  private final Map<String, Double> numbers = new LinkedHashMap<>();
  private final Map<String, NDArray> scalars = new LinkedHashMap<>();
  private final Map<String, float[]> floats = new LinkedHashMap<>();
  private final Map<String, long[]> longs = new LinkedHashMap<>();

  /** A result that is one scalar named {@code loss}. */
  public static CaseResult loss(NDArray loss) {
    return new CaseResult().scalar("loss", loss);
  }

  /** Adds a scalar, with gradient where the case wants one. */
  public CaseResult scalar(String name, NDArray value) {
    scalars.put(name, value);
    return this;
  }

  /** Adds a scalar that has no gradient. */
  public CaseResult number(String name, double value) {
    numbers.put(name, value);
    return this;
  }

  /**
   * Adds the sums of a loss on each level as {@code name_l0}, {@code name_l1} ...
   *
   * @param zero the sum of nothing
   * @param addends what the loss adds up, each (M)
   * @param bounds for each of the addends (L + 1); level l owns bounds[l] to bounds[l + 1] - 1
   */
  public CaseResult levels(String name, NDArray zero, List<NDArray> addends, List<int[]> bounds) {
    int levels = bounds.get(0).length - 1;
    for (int level = 0; level < levels; level++) {
      NDArray sum = zero;
      for (int part = 0; part < addends.size(); part++) {
        int from = bounds.get(part)[level];
        int to = bounds.get(part)[level + 1];
        if (from < to) {
          sum = sum.add(addends.get(part).get(from + ":" + to).sum());
        }
      }
      scalar(name + "_l" + level, sum);
    }
    return this;
  }

  /** Adds a float tensor. */
  public CaseResult floats(String name, float[] values) {
    floats.put(name, values);
    return this;
  }

  /** Adds a float tensor. */
  public CaseResult floats(String name, double[] values) {
    float[] single = new float[values.length];
    for (int i = 0; i < single.length; i++) {
      single[i] = (float) values[i];
    }
    return floats(name, single);
  }

  /** Adds a float tensor. */
  public CaseResult floats(String name, NDArray values) {
    return floats(name, values.toFloatArray());
  }

  /** Adds an integer tensor. */
  public CaseResult longs(String name, LongStream values) {
    longs.put(name, values.toArray());
    return this;
  }

  /** Adds a tensor of 0 and 1. */
  public CaseResult flags(String name, boolean[] values) {
    return longs(name, IntStream.range(0, values.length).mapToLong(i -> values[i] ? 1 : 0));
  }

  Map<String, Double> numbers() {
    return numbers;
  }

  Map<String, NDArray> scalars() {
    return scalars;
  }

  Map<String, float[]> floats() {
    return floats;
  }

  Map<String, long[]> longs() {
    return longs;
  }
}
