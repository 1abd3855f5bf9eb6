package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Binary classification distillation: every class of every position by itself, as detectors that
 * score classes by sigmoids are trained.
 *
 * <pre>
 *   row_m = Σ_c |t - s| · BCE(z, t)      z student logit, s = sigmoid(z), t the teacher's
 *   importance_m = max_c |t - s|         constant
 * </pre>
 *
 * <p>Yang et al. 2023 (BCKD, arXiv:2308.14286), section 3.2, eq. 5 and 6; as in the public code the
 * factor |t - s| of a row passes gradients. The importance weighs the boxes of a position (section
 * 3.3, eq. 8).
 */
public final class BinaryClassificationLoss {
  private BinaryClassificationLoss() {}

  /**
   * The loss of each row.
   *
   * @param student (M, K) logits
   * @param teacher (M, K) logits, constant
   * @return (M)
   * @throws IllegalArgumentException if the shapes differ
   */
  public static NDArray perRow(NDArray student, NDArray teacher) {
    Rows.requireSameShape(student, teacher);
    NDArray theirs = sigmoid(teacher.stopGradient());
    NDArray softplus = student.getNDArrayInternal().softPlus();
    NDArray entropy = softplus.sub(student.mul(theirs)); // BCE(z, t) = softplus(z) - z t
    return entropy.mul(theirs.sub(sigmoid(student)).abs()).sum(new int[] {1});
  }

  /**
   * How much each row has still to learn, in [0, 1].
   *
   * @param student (M, K) logits
   * @param teacher (M, K) logits
   * @return (M), constant
   */
  public static NDArray importance(NDArray student, NDArray teacher) {
    return sigmoid(teacher.stopGradient())
        .sub(sigmoid(student.stopGradient()))
        .abs()
        .max(new int[] {1});
  }

  private static NDArray sigmoid(NDArray logits) {
    return logits.getNDArrayInternal().sigmoid();
  }
}
