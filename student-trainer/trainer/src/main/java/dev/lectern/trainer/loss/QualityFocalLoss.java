package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Quality focal loss: class scores trained towards the IoU of the predicted box.
 *
 * <pre>
 *   every class c that is not the label:  BCE(z_c, 0) · σ_c^β
 *   the label y with quality q:           BCE(z_y, q) · |q - σ_y|^β
 *   row_m = Σ_c term      σ = sigmoid(z)
 * </pre>
 *
 * <p>Li et al. 2020 (arXiv:2006.04388), eq. 2; β = 2. Computed as the background loss of every
 * class plus a correction at the labels, so that no one-hot mask over rows and classes is built.
 */
public final class QualityFocalLoss {
  private static final float MIN_PROBABILITY = 1e-30f;

  private QualityFocalLoss() {}

  /**
   * The loss of each row as if it were background.
   *
   * @param logits (M, K)
   * @return (M)
   */
  public static NDArray background(NDArray logits, double beta) {
    NDArray modulation = power(sigmoid(logits), beta);
    return softplus(logits).mul(modulation).sum(new int[] {1});
  }

  /**
   * What a label adds to the background loss of its row.
   *
   * @param logits (P) the logit of the label of each foreground row
   * @param quality (P) q in [0, 1], constant
   * @return (P); may be negative
   */
  public static NDArray foreground(NDArray logits, NDArray quality, double beta) {
    NDArray q = quality.stopGradient();
    NDArray sigma = sigmoid(logits);
    NDArray softplus = softplus(logits);
    NDArray entropy = softplus.sub(logits.mul(q)); // BCE(z, q) = softplus(z) - z q
    NDArray wanted = entropy.mul(power(q.sub(sigma).abs(), beta));
    return wanted.sub(softplus.mul(power(sigma, beta)));
  }

  /**
   * {@link #background} on probabilities, for heads whose score is a product of probabilities
   * (arXiv:2011.12885, section 3.2).
   *
   * @param probabilities (M, K) in [0, 1]
   * @return (M)
   */
  public static NDArray backgroundOfProbabilities(NDArray probabilities, double beta) {
    return logOfComplement(probabilities).neg().mul(power(probabilities, beta)).sum(new int[] {1});
  }

  /**
   * What a label adds to the background loss of its row.
   *
   * @param probabilities (P) of the label of each foreground row
   * @param quality (P) q in [0, 1], constant
   * @return (P); may be negative
   */
  public static NDArray foregroundOfProbabilities(
      NDArray probabilities, NDArray quality, double beta) {
    NDArray q = quality.stopGradient();
    NDArray complement = logOfComplement(probabilities);
    NDArray entropy = log(probabilities).mul(q).add(complement.mul(q.neg().add(1f))).neg();
    return entropy
        .mul(power(q.sub(probabilities).abs(), beta))
        .add(complement.mul(power(probabilities, beta)));
  }

  private static NDArray sigmoid(NDArray logits) {
    return logits.getNDArrayInternal().sigmoid();
  }

  private static NDArray softplus(NDArray logits) {
    return logits.getNDArrayInternal().softPlus();
  }

  private static NDArray power(NDArray base, double beta) {
    return beta == 2 ? base.square() : base.pow(Constants.of(base, (float) beta));
  }

  private static NDArray log(NDArray probabilities) {
    return probabilities.maximum(Constants.of(probabilities, MIN_PROBABILITY)).log();
  }

  private static NDArray logOfComplement(NDArray probabilities) {
    return log(probabilities.neg().add(1f));
  }
}
