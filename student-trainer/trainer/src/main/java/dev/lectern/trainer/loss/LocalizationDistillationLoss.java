package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Localization distillation: the student reproduces the teacher's distribution of each box edge.
 *
 * <pre>
 *   edge_m = τ² · KL( softmax(teacher_m / τ) ‖ softmax(student_m / τ) ) [ / B, official ]
 * </pre>
 *
 * <p>Zheng et al. 2022 (arXiv:2102.12252), eq. 2 to 4. The public code averages over the B bins, so
 * its weight 0.25 equals the printed form's 0.25 / B; it multiplies by τ², which the paper does not
 * print; both variants keep τ². It divides by 4 on the main region and by 16 on the valuable one,
 * and by neither the number of positives nor Σw.
 */
public final class LocalizationDistillationLoss {
  private LocalizationDistillationLoss() {}

  /**
   * The loss of each edge, unweighted.
   *
   * @param studentLogits (M, B)
   * @param teacherLogits (M, B), constant
   * @param temperature τ, published 10
   * @return (M)
   * @throws IllegalArgumentException if the shapes differ, as with another number of bins
   */
  public static NDArray perEdge(
      NDArray studentLogits, NDArray teacherLogits, double temperature, Variant variant) {
    NDArray kl = KullbackLeibler.perRow(studentLogits, teacherLogits, temperature);
    return kl.mul(Constants.of(studentLogits, factor(studentLogits, temperature, variant)));
  }

  /**
   * The loss of each edge when the teacher's softened probabilities are given, as after re-binning.
   *
   * @param studentLogits (M, B)
   * @param probabilities (M, B), constant
   */
  public static NDArray perEdgeFrom(
      NDArray studentLogits, NDArray probabilities, double temperature, Variant variant) {
    NDArray kl = KullbackLeibler.perRowFrom(studentLogits, probabilities, temperature);
    return kl.mul(Constants.of(studentLogits, factor(studentLogits, temperature, variant)));
  }

  static float factor(NDArray studentLogits, double temperature, Variant variant) {
    double bins = studentLogits.getShape().get(1);
    double squared = temperature * temperature;
    return (float) (variant == Variant.OFFICIAL ? squared / bins : squared);
  }
}
