package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Squared difference of channel distributions, without temperature.
 *
 * <pre>
 *   L = 1 / (N · C) · Σ (softmax_HW(student) - softmax_HW(teacher))²
 * </pre>
 *
 * <p>An ablation of Shu et al. 2021 (arXiv:2011.13256), section 4.3.
 */
public final class ChannelMapSquaredLoss {
  private ChannelMapSquaredLoss() {}

  /**
   * The loss of one level.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @return scalar ≥ 0
   */
  public static NDArray loss(NDArray student, NDArray teacher) {
    Rows.requireSameShape(student, teacher);
    Shape shape = student.getShape();
    long channels = shape.get(0) * shape.get(1);
    NDArray p = teacher.stopGradient().reshape(channels, -1).softmax(1);
    NDArray q = student.reshape(channels, -1).softmax(1);
    return q.sub(p).square().sum().mul(Constants.of(student, 1f / channels));
  }
}
