package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Channel-wise distillation of normalised maps, the form used on the necks of YOLOv8.
 *
 * <pre>
 *   L = CWD( BN(student), BN(teacher) )    BN with batch statistics and no affine map
 * </pre>
 *
 * <p>After Shu et al. 2021 (arXiv:2011.13256); τ = 1; the student passes a 1x1 convolution first,
 * also where channels agree.
 */
public final class NormalizedChannelWiseLoss {
  private NormalizedChannelWiseLoss() {}

  /**
   * The loss of one level.
   *
   * @param student (N, C, H, W), adapted
   * @param teacher (N, C, H, W), constant
   * @param temperature τ > 0
   * @return scalar ≥ 0 up to rounding
   */
  public static NDArray loss(NDArray student, NDArray teacher, double temperature) {
    return ChannelWiseDistillationLoss.loss(
        BatchNormalization.normalize(student),
        BatchNormalization.normalize(teacher.stopGradient()),
        temperature);
  }
}
