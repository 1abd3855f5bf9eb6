package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Channel-wise distillation as its detection port computes it: a cross entropy in place of the
 * divergence, so that the value has the teacher's entropy on top while the gradient is the same.
 *
 * <pre>
 *   L = τ² / (N · C_s) · Σ_{n,c} Σ_i -p_nci · ln q_nci    p, q = softmax_HW(teacher, student / τ)
 * </pre>
 *
 * <p>After Shu et al. 2021 (arXiv:2011.13256), eq. 4; published for RetinaNet with τ = 1, weight 5,
 * on P3 to P6. C_s counts the student's channels before any adapter, as the port does.
 */
public final class ChannelWiseCrossEntropyLoss {
  private ChannelWiseCrossEntropyLoss() {}

  /**
   * The loss of one level.
   *
   * @param student (N, C, H, W), adapted to the teacher's channels
   * @param teacher (N, C, H, W), constant
   * @param temperature τ > 0
   * @param studentChannels C_s, channels of the student before the adapter
   * @return scalar
   */
  public static NDArray loss(
      NDArray student, NDArray teacher, double temperature, long studentChannels) {
    Rows.requireSameShape(student, teacher);
    Shape shape = student.getShape();
    long channels = shape.get(0) * shape.get(1);
    NDArray p =
        KullbackLeibler.soften(teacher.stopGradient().reshape(channels, -1), temperature)
            .softmax(1);
    NDArray logQ = KullbackLeibler.soften(student.reshape(channels, -1), temperature).logSoftmax(1);
    double normaliser = (double) shape.get(0) * studentChannels;
    return p.mul(logQ)
        .sum()
        .mul(Constants.of(student, (float) (-temperature * temperature / normaliser)));
  }
}
