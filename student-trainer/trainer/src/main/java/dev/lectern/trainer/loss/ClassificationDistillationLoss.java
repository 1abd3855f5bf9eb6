package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Classification distillation at chosen positions: by the softmax over the K class logits, as
 * published, although the detector itself scores classes by independent sigmoids; or by these.
 *
 * <pre>
 *   softmax  row_m = τ² · KL( softmax(teacher_m / τ) ‖ softmax(student_m / τ) ) [ / K, official ]
 *   sigmoid  row_m = τ² · Σ_c KL( σ(teacher_mc / τ) ‖ σ(student_mc / τ) ), of two outcomes each
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

  /**
   * The loss of each position by independent sigmoids, unweighted; 0 where the networks agree.
   *
   * @param studentLogits (M, K)
   * @param teacherLogits (M, K), constant
   * @param temperature τ
   * @return (M), ≥ 0 up to rounding
   * @throws IllegalArgumentException if the shapes differ
   */
  public static NDArray perPositionOfSigmoids(
      NDArray studentLogits, NDArray teacherLogits, double temperature) {
    Rows.requireSameShape(studentLogits, teacherLogits);
    NDArray student = KullbackLeibler.soften(studentLogits, temperature);
    NDArray teacher = KullbackLeibler.soften(teacherLogits.stopGradient(), temperature);
    NDArray p = teacher.getNDArrayInternal().sigmoid();
    // KL = BCE(student, p) - BCE(teacher, p), with BCE(z, p) = softplus(z) - z p
    NDArray divergence =
        student
            .getNDArrayInternal()
            .softPlus()
            .sub(teacher.getNDArrayInternal().softPlus())
            .sub(student.sub(teacher).mul(p));
    return Constants.times(divergence.sum(new int[] {1}), temperature * temperature);
  }
}
