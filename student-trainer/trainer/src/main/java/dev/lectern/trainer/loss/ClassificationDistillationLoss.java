package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Classification distillation at chosen positions: the softmax over the K class logits, although
 * the detector itself scores classes by independent sigmoids.
 *
 * <pre>
 *   row_m = τ² · KL( softmax(teacher_m / τ) ‖ softmax(student_m / τ) ) [ / K, official ]
 * </pre>
 *
 * <p>Hinton et al. 2015 (arXiv:1503.02531), section 2; as used next to localization distillation
 * (arXiv:2102.12252), whose public code takes the mean over classes, weight 10, τ = 2, and divides
 * by the number of positives of the level.
 */
public final class ClassificationDistillationLoss {
  private ClassificationDistillationLoss() {}

  /**
   * The loss of each position, unweighted.
   *
   * @param studentLogits (M, K)
   * @param teacherLogits (M, K), constant
   * @param temperature τ
   * @return (M)
   * @throws IllegalArgumentException if the shapes differ
   */
  public static NDArray perPosition(
      NDArray studentLogits, NDArray teacherLogits, double temperature, Variant variant) {
    NDArray kl = KullbackLeibler.perRow(studentLogits, teacherLogits, temperature);
    return kl.mul(
        Constants.of(
            studentLogits,
            LocalizationDistillationLoss.factor(studentLogits, temperature, variant)));
  }
}
