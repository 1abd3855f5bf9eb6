package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;

/** One named loss of a batch, kept as its addends. Without addends it is 0. */
public final class LossTerm {
  private final String name;
  private final List<NDArray> addends = new ArrayList<>();
  private NDArray divisor;
  private double factor = 1;

  /** A loss without addends. */
  public LossTerm(String name) {
    this.name = name;
  }

  /** As in reports. */
  public String name() {
    return name;
  }

  /**
   * Adds values of rows or levels.
   *
   * @param values (M)
   */
  public LossTerm add(NDArray values) {
    addends.add(values);
    return this;
  }

  /** Multiplies the sum by a number. */
  public LossTerm times(double number) {
    factor *= number;
    return this;
  }

  /** Divides the sum by a scalar tensor, once. */
  public LossTerm dividedBy(NDArray scalar) {
    divisor = scalar;
    return this;
  }

  /** The sum; a scalar. */
  NDArray sum(NDArray zero) {
    NDArray sum = null;
    for (NDArray values : addends) {
      sum = sum == null ? values.sum() : sum.add(values.sum());
    }
    return sum == null ? zero : scaled(sum);
  }

  /** What the sum adds up, each (M). */
  List<NDArray> addends() {
    return addends.stream().map(this::scaled).toList();
  }

  private NDArray scaled(NDArray sum) {
    if (divisor != null) {
      return sum.mul(divisor.getNDArrayInternal().rdiv((float) factor));
    }
    return factor == 1 ? sum : sum.mul(sum.getManager().create((float) factor));
  }
}
