package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;

/**
 * Smooth L1 of paired rows.
 *
 * <pre>
 *   row_m = Σ_c  d² / (2 β)  where d &lt; β,   d - β / 2  elsewhere;   d = |x - t|
 * </pre>
 *
 * <p>Girshick 2015 (arXiv:1504.08083), eq. 3, with the turning point β.
 */
public final class SmoothL1Loss {
  private SmoothL1Loss() {}

  /**
   * The loss of each row.
   *
   * @param values (M, C)
   * @param targets (M, C), constant
   * @param beta turning point, &gt; 0
   * @return (M)
   */
  public static NDArray rows(NDArray values, NDArray targets, double beta) {
    Rows.requireSameShape(values, targets);
    NDArray distance = values.sub(targets.stopGradient()).abs();
    NDArray square = distance.square().mul(Constants.of(values, 0.5 / beta));
    NDArray linear = distance.sub(Constants.of(values, beta / 2));
    NDArray near = distance.lt(Constants.of(values, beta));
    return NDArrays.where(near, square, linear).sum(new int[] {1});
  }
}
