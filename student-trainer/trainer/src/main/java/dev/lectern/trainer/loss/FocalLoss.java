package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Focal loss on independent sigmoids.
 *
 * <pre>
 *   row_m = Σ_c  α_t · (1 - p_t)^γ · -ln p_t
 *   p_t = σ(z), α_t = α at the label, 1 - σ(z) and 1 - α elsewhere
 * </pre>
 *
 * <p>Lin et al. 2017 (arXiv:1708.02002), eq. 5; γ = 2, α = 0.25, divided by the number of
 * positives. Computed as the background loss of every class plus a correction at the labels, so
 * that no one-hot mask over rows and classes is built.
 */
public final class FocalLoss {
  private FocalLoss() {}

  /**
   * The loss of each row as if it were background.
   *
   * @param logits (M, K)
   * @return (M)
   */
  public static NDArray background(NDArray logits, double gamma, double alpha) {
    return unbalanced(logits, gamma).sum(new int[] {1}).mul(Constants.of(logits, 1 - alpha));
  }

  /**
   * What a label adds to the background loss of its row.
   *
   * @param logits (P) the logit of the label of each foreground row
   * @return (P); may be negative
   */
  public static NDArray foreground(NDArray logits, double gamma, double alpha) {
    return unbalanced(logits.neg(), gamma)
        .mul(Constants.of(logits, alpha))
        .sub(unbalanced(logits, gamma).mul(Constants.of(logits, 1 - alpha)));
  }

  /** σ(z)^γ · -ln(1 - σ(z)): the loss of a class that is wrong, without α. */
  private static NDArray unbalanced(NDArray logits, double gamma) {
    NDArray wrong = logits.getNDArrayInternal().sigmoid();
    NDArray modulation =
        gamma == 2 ? wrong.square() : wrong.pow(Constants.of(logits, (float) gamma));
    return logits.getNDArrayInternal().softPlus().mul(modulation);
  }
}
