package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Bhattacharyya distance between the channels of two maps, each a distribution over its positions.
 *
 * <pre>
 *   L = 1 / (N · C) · Σ_{n,c} -ln Σ_i sqrt(p_nci · q_nci)    p, q = softmax_HW(· / τ)
 * </pre>
 *
 * <p>An ablation of Shu et al. 2021 (arXiv:2011.13256), section 4.3; the paper gives no scale, so
 * there is no τ². Computed in logarithms.
 */
public final class ChannelBhattacharyyaLoss {
  private ChannelBhattacharyyaLoss() {}

  /**
   * The loss of one level.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @param temperature τ > 0
   * @return scalar ≥ 0 up to rounding
   */
  public static NDArray loss(NDArray student, NDArray teacher, double temperature) {
    Rows.requireSameShape(student, teacher);
    Shape shape = student.getShape();
    long channels = shape.get(0) * shape.get(1);
    NDArray logP =
        KullbackLeibler.soften(teacher.stopGradient().reshape(channels, -1), temperature)
            .logSoftmax(1);
    NDArray logQ = KullbackLeibler.soften(student.reshape(channels, -1), temperature).logSoftmax(1);
    NDArray halves = logP.add(logQ).mul(Constants.of(student, 0.5f));
    NDArray largest = halves.stopGradient().max(new int[] {1}, true);
    NDArray logSum = halves.sub(largest).exp().sum(new int[] {1}, true).log().add(largest);
    return logSum.sum().mul(Constants.of(student, -1f / channels));
  }
}
