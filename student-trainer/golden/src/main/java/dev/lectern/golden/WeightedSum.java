package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.Rows;
import java.util.function.UnaryOperator;

/** Weighted sums of what the product computes row by row, in the form of public loss modules. */
final class WeightedSum {
  private WeightedSum() {}

  /**
   * Sums rows.
   *
   * @param input of the loss; without rows the sum is 0
   * @param perRow the loss of each row of the input, (M)
   * @param weights (M), constant
   * @param factor of the sum
   */
  static NDArray of(NDArray input, UnaryOperator<NDArray> perRow, NDArray weights, double factor) {
    return input.size() == 0
        ? Rows.zero(input)
        : Constants.times(perRow.apply(input).mul(weights.stopGradient()).sum(), factor);
  }
}
