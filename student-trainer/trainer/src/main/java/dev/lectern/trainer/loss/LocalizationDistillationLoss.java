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
  /**
   * Of a bin that the teacher's support does not reach: as unlikely as the tails of a trained
   * distribution. At τ = 10 an impossible one would pull the student's logit down without end.
   */
  private static final float MIN_PROBABILITY = 1e-6f;

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
   * The loss of each edge when the teacher's distribution is given on the student's bins, as after
   * re-binning. It is softened here: softened masses are nearly equal, so that what is moved of
   * them, or gathers in an end bin, would no longer be the distribution of the same edge.
   *
   * @param studentLogits (M, B)
   * @param probabilities (M, B), constant, not softened; each row sums to 1, or to 0 where there is
   *     no teacher, which contributes nothing
   */
  public static NDArray perEdgeFrom(
      NDArray studentLogits, NDArray probabilities, double temperature, Variant variant) {
    NDArray floor = Constants.of(studentLogits, MIN_PROBABILITY);
    NDArray logits = probabilities.stopGradient().maximum(floor).log();
    return perEdge(studentLogits, logits, temperature, variant)
        .mul(probabilities.sum(new int[] {-1}));
  }

  static float factor(NDArray studentLogits, double temperature, Variant variant) {
    double bins = studentLogits.getShape().get(1);
    double squared = temperature * temperature;
    return (float) (variant == Variant.OFFICIAL ? squared / bins : squared);
  }
}
