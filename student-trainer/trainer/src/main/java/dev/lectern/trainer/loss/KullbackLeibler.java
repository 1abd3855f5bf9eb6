package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * The divergence of the student's softened distribution from the teacher's, per row.
 *
 * <pre>
 *   KL_m = Σ_b p_b · (ln p_b - ln q_b)    p = softmax(teacher / τ)   q = softmax(student / τ)
 * </pre>
 *
 * <p>Logarithms come from log-softmax, so logits of any finite size are safe.
 */
public final class KullbackLeibler {
  /** Keeps ln p finite where p is 0; such a bin contributes 0. */
  private static final float MIN_PROBABILITY = 1e-30f;

  private KullbackLeibler() {}

  /**
   * Divergence between two sets of logits.
   *
   * @param studentLogits (M, B)
   * @param teacherLogits (M, B), constant
   * @param temperature τ > 0
   * @return (M), ≥ 0 up to rounding
   * @throws IllegalArgumentException if the shapes differ
   */
  public static NDArray perRow(NDArray studentLogits, NDArray teacherLogits, double temperature) {
    Rows.requireSameShape(studentLogits, teacherLogits);
    NDArray teacher = soften(teacherLogits.stopGradient(), temperature).logSoftmax(-1);
    return divergence(studentLogits, teacher.exp(), teacher, temperature);
  }

  /**
   * Divergence from probabilities that are already softened.
   *
   * @param studentLogits (M, B)
   * @param probabilities (M, B), constant; rows sum to 1
   * @param temperature τ of the student
   * @return (M)
   */
  public static NDArray perRowFrom(
      NDArray studentLogits, NDArray probabilities, double temperature) {
    Rows.requireSameShape(studentLogits, probabilities);
    NDArray p = probabilities.stopGradient();
    return divergence(
        studentLogits,
        p,
        p.maximum(Constants.of(studentLogits, MIN_PROBABILITY)).log(),
        temperature);
  }

  private static NDArray divergence(
      NDArray studentLogits, NDArray p, NDArray logP, double temperature) {
    NDArray logQ = soften(studentLogits, temperature).logSoftmax(-1);
    return logP.sub(logQ).mul(p).sum(new int[] {-1});
  }

  /** Logits over the temperature. */
  public static NDArray soften(NDArray logits, double temperature) {
    return temperature == 1 ? logits : logits.div(Constants.of(logits, (float) temperature));
  }
}
