package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Focal loss on independent sigmoids.
 *
 * <pre>
 *   row_m = Σ_c  α_t · (1 - p_t)^γ · -ln p_t
 *   p_t = σ(z), α_t = α at the label, 1 - σ(z) and 1 - α elsewhere
 * </pre>
 *
 * <p>Lin et al. 2017 (arXiv:1708.02002), eq. 5; γ = 2, α = 0.25, divided by the number of
 * positives.
 */
public final class FocalLoss {
  private FocalLoss() {}

  /**
   * The loss of each row, summed over classes.
   *
   * @param logits (M, K)
   * @param labels M class indices; K marks background
   * @return (M)
   */
  public static NDArray perRow(NDArray logits, int[] labels, double gamma, double alpha) {
    Shape shape = logits.getShape();
    int classes = (int) shape.get(1);
    float[] target = new float[labels.length * classes];
    for (int m = 0; m < labels.length; m++) {
      if (labels[m] < classes) {
        target[m * classes + labels[m]] = 1;
      }
    }
    NDArray one = logits.getManager().create(target, shape);
    NDArray signed =
        logits.mul(
            one.mul(Constants.of(logits, -2f)).add(1f)); // z where wrong is 1, -z at the label
    NDArray wrong = signed.getNDArrayInternal().sigmoid();
    NDArray entropy = signed.getNDArrayInternal().softPlus();
    NDArray modulation =
        gamma == 2 ? wrong.square() : wrong.pow(Constants.of(logits, (float) gamma));
    NDArray balance =
        one.mul(Constants.of(logits, (float) (2 * alpha - 1))).add((float) (1 - alpha));
    return entropy.mul(modulation).mul(balance).sum(new int[] {1});
  }
}
