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
    NDArray logP = soften(teacherLogits.stopGradient(), temperature).logSoftmax(-1);
    NDArray logQ = soften(studentLogits, temperature).logSoftmax(-1);
    return logP.sub(logQ).mul(logP.exp()).sum(new int[] {-1});
  }

  /** Logits over the temperature. */
  public static NDArray soften(NDArray logits, double temperature) {
    return temperature == 1 ? logits : logits.div(Constants.of(logits, (float) temperature));
  }
}
