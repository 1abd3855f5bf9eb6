package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Channel-wise distillation: each channel of a map is a distribution over its H * W positions, and
 * the student reproduces the teacher's.
 *
 * <pre>
 *   L = τ² / (N · C) · Σ_{n,c} KL( softmax_HW(teacher_nc / τ) ‖ softmax_HW(student_nc / τ) )
 * </pre>
 *
 * <p>Shu et al. 2021 (arXiv:2011.13256), eq. 2 to 4. Works on feature maps (published τ = 4, weight
 * 50, in detectors τ = 1, weight 5) and on class logit maps (τ = 4, weight 3). Where the channels
 * differ a 1x1 convolution on the student comes first.
 */
public final class ChannelWiseDistillationLoss {
  private ChannelWiseDistillationLoss() {}

  /**
   * The loss of one level.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @param temperature τ > 0
   * @return scalar ≥ 0 up to rounding
   * @throws IllegalArgumentException if the shapes differ
   */
  public static NDArray loss(NDArray student, NDArray teacher, double temperature) {
    Rows.requireSameShape(student, teacher);
    if (student.size() == 0) {
      return Rows.zero(student);
    }
    Shape shape = student.getShape();
    long channels = shape.get(0) * shape.get(1);
    NDArray perChannel =
        KullbackLeibler.perRow(
            student.reshape(channels, -1), teacher.reshape(channels, -1), temperature);
    return perChannel
        .sum()
        .mul(Constants.of(student, (float) (temperature * temperature / channels)));
  }
}
