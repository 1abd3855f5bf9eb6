package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import java.util.stream.IntStream;

/**
 * Quality focal loss: class scores trained towards the IoU of the predicted box.
 *
 * <pre>
 *   every class c that is not the label:  BCE(z_c, 0) · σ_c^β
 *   the label y with quality q:           BCE(z_y, q) · |q - σ_y|^β
 *   L = Σ_m w_m · Σ_c term / divisor      σ = sigmoid(z)
 * </pre>
 *
 * <p>Li et al. 2020 (arXiv:2006.04388), eq. 2; β = 2. Computed as the background loss of every
 * class plus a correction at the labels, so that no one-hot mask over rows and classes is built.
 */
public final class QualityFocalLoss {
  private static final float LEAST = 1e-30f;

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
   * The loss of rows that may be foreground or background.
   *
   * @param logits (M, K)
   * @param labels M class indices; K marks background
   * @param quality (M) q in [0, 1]; read on foreground rows only
   * @param weights (M) 1 valid, 0 ignored
   * @return scalar
   */
  public static NDArray loss(
      NDArray logits, int[] labels, NDArray quality, NDArray weights, double beta, double divisor) {
    if (logits.size() == 0) {
      return Rows.zero(logits);
    }
    NDArray sum = background(logits, beta).mul(weights).sum();
    int[] rows = foregroundRows(labels, logits.getShape().get(1));
    if (rows.length > 0) {
      NDArray picked = Rows.pick(Rows.take(logits, rows), labelsAt(labels, rows));
      NDArray correction = foreground(picked, Rows.take(quality, rows), beta);
      sum = sum.add(correction.mul(Rows.take(weights, rows)).sum());
    }
    return sum.mul(Constants.of(logits, (float) (1 / divisor)));
  }

  /**
   * The same on probabilities, for heads whose score is a product of probabilities (GFLv2,
   * arXiv:2011.12885, section 3.2).
   *
   * @param probabilities (M, K) in [0, 1]
   */
  public static NDArray lossOfProbabilities(
      NDArray probabilities,
      int[] labels,
      NDArray quality,
      NDArray weights,
      double beta,
      double divisor) {
    if (probabilities.size() == 0) {
      return Rows.zero(probabilities);
    }
    NDArray sum = backgroundOfProbabilities(probabilities, beta).mul(weights).sum();
    int[] rows = foregroundRows(labels, probabilities.getShape().get(1));
    if (rows.length > 0) {
      NDArray picked = Rows.pick(Rows.take(probabilities, rows), labelsAt(labels, rows));
      NDArray correction = foregroundOfProbabilities(picked, Rows.take(quality, rows), beta);
      sum = sum.add(correction.mul(Rows.take(weights, rows)).sum());
    }
    return sum.mul(Constants.of(probabilities, (float) (1 / divisor)));
  }

  /**
   * The loss of each row as if it were background.
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

  private static int[] foregroundRows(int[] labels, long classes) {
    return IntStream.range(0, labels.length).filter(m -> labels[m] < classes).toArray();
  }

  private static int[] labelsAt(int[] labels, int[] rows) {
    return IntStream.of(rows).map(m -> labels[m]).toArray();
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
    return probabilities.maximum(Constants.of(probabilities, LEAST)).log();
  }

  private static NDArray logOfComplement(NDArray probabilities) {
    return log(probabilities.neg().add(1f));
  }
}
