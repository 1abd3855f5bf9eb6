package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.RoiAlign;

/**
 * Mimicking the features of proposals.
 *
 * <pre>
 *   L = 1 / (2 K) · Σ_k 1/m_k · ‖ RoI_k(teacher) - RoI_k(student) ‖²     m_k elements of a feature
 * </pre>
 *
 * <p>Li et al. 2017 (CVPR, "Mimicking very efficient network for object detection"), eq. 3; there
 * with pooling on the last backbone map, here with {@link RoiAlign}.
 */
public final class RoiMimicLoss {
  private RoiMimicLoss() {}

  /**
   * The loss of pooled features.
   *
   * @param student (K, C, S, S)
   * @param teacher (K, C, S, S), constant
   * @return scalar; 0 without proposals
   */
  public static NDArray loss(NDArray student, NDArray teacher) {
    if (student.size() == 0) {
      return Rows.zero(student);
    }
    return FeatureSquaredLoss.mean(student, teacher).mul(Constants.of(student, 0.5f));
  }
}
