package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Features compared by their Pearson correlation, channel by channel: scale and offset of either
 * side do not matter, so that networks of different kinds can be compared.
 *
 * <pre>
 *   x̂ = (x - mean) / (σ + ε), per channel over N, H and W; σ unbiased, ε = 1e-6
 *   L  = 1/2 · mean (ŝ - t̂)²    = (1 - r) · (n - 1) / n, averaged over channels, but for ε
 * </pre>
 *
 * <p>Cao et al. 2022 (PKD, arXiv:2207.02039), section 3.2, eq. 5 to 8; r is the correlation of a
 * channel's n = N·H·W values.
 */
public final class PearsonFeatureLoss {
  private static final double EPSILON = 1e-6;

  /**
   * Keeps the root of a channel that is the same everywhere away from 0, where its slope is not.
   */
  private static final double MIN_VARIANCE = 1e-12;

  private PearsonFeatureLoss() {}

  /**
   * The loss of one level, unweighted.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @return scalar ≥ 0
   * @throws IllegalArgumentException if the shapes differ
   */
  public static NDArray loss(NDArray student, NDArray teacher) {
    Rows.requireSameShape(student, teacher);
    return Constants.times(
        standardised(student).sub(standardised(teacher.stopGradient())).square().mean(), 0.5);
  }

  private static NDArray standardised(NDArray x) {
    Shape shape = x.getShape();
    int[] overValues = {0, 2, 3};
    double count = (double) shape.get(0) * shape.get(2) * shape.get(3);
    NDArray centred = x.sub(Constants.times(x.sum(overValues, true), 1 / count));
    NDArray variance =
        Constants.times(centred.square().sum(overValues, true), 1 / Math.max(1, count - 1));
    NDArray deviation = variance.maximum(Constants.of(x, MIN_VARIANCE)).sqrt();
    return centred.div(deviation.add((float) EPSILON));
  }
}
