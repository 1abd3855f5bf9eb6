package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The named losses of one batch: scalars with gradient, in the order they were computed. */
public final class Losses {
  private final Map<String, LossTerm> terms = new LinkedHashMap<>();
  private final Map<String, NDArray> values = new LinkedHashMap<>();
  private final NDArray zero;

  /**
   * @param zero a scalar 0 that depends on the student
   */
  public Losses(List<LossTerm> terms, NDArray zero) {
    this.zero = zero;
    for (LossTerm term : terms) {
      this.terms.put(term.name(), term);
      values.put(term.name(), term.sum(zero));
    }
  }

  /**
   * These losses with further factors.
   *
   * @param factors by name; a loss that is not among them stays as it is
   */
  public Losses times(Map<String, Double> factors) {
    if (factors.isEmpty()) {
      return this;
    }
    factors.forEach((name, factor) -> terms.get(name).times(factor));
    return new Losses(List.copyOf(terms.values()), zero);
  }

  /** Each loss by name; weights are already applied. */
  public Map<String, NDArray> byName() {
    return Collections.unmodifiableMap(values);
  }

  /** The loss to minimise: the sum of all. */
  public NDArray total() {
    NDArray total = zero;
    for (NDArray value : values.values()) {
      total = total.add(value);
    }
    return total;
  }

  /** What a loss adds up, weighted: addends of rows or levels, each (M). */
  public List<NDArray> addends(String name) {
    return terms.get(name).addends();
  }

  /** The values as numbers, for logs; one transfer for all. */
  public Map<String, Float> toFloats() {
    NDList scalars = new NDList(values.values().stream().map(v -> v.reshape(1)).toList());
    float[] numbers = NDArrays.concat(scalars, 0).toFloatArray();
    Map<String, Float> named = new LinkedHashMap<>();
    int i = 0;
    for (String name : values.keySet()) {
      named.put(name, numbers[i++]);
    }
    return named;
  }
}
