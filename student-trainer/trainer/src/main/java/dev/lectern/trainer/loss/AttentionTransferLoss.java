package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Attention transfer: where a map is active, whatever its channels.
 *
 * <pre>
 *   official   A = mean_c x², over HW divided by its L2 norm     L = mean_{n,i} (A_s - A_t)²
 *   paper      Q = Σ_c |x|, over HW divided by its L2 norm       L = mean_n ‖Q_s - Q_t‖₂
 * </pre>
 *
 * <p>Zagoruyko and Komodakis 2017 (arXiv:1612.03928), section 3.1 and eq. 2. Channels may differ.
 * Where sizes differ the larger map is average-pooled to the smaller.
 */
public final class AttentionTransferLoss {
  private static final float MIN_SQUARE = 1e-24f;

  private AttentionTransferLoss() {}

  /**
   * The loss of one level.
   *
   * @param student (N, C_s, H, W)
   * @param teacher (N, C_t, H', W'), constant
   * @return scalar ≥ 0
   */
  public static NDArray loss(NDArray student, NDArray teacher, Variant variant) {
    Shape ours = student.getShape();
    Shape theirs = teacher.getShape();
    int height = (int) Math.min(ours.get(2), theirs.get(2));
    int width = (int) Math.min(ours.get(3), theirs.get(3));
    NDArray s = attention(AdaptiveAveragePool.pool(student, height, width), variant);
    NDArray t = attention(AdaptiveAveragePool.pool(teacher.stopGradient(), height, width), variant);
    NDArray squared = s.sub(t).square();
    if (variant == Variant.OFFICIAL) {
      return squared.mean();
    }
    return squared.sum(new int[] {1}).maximum(Constants.of(student, MIN_SQUARE)).sqrt().mean();
  }

  /** Normalised attention, (N, H * W). */
  private static NDArray attention(NDArray map, Variant variant) {
    NDArray energy =
        variant == Variant.OFFICIAL
            ? map.square().mean(new int[] {1})
            : map.abs().sum(new int[] {1});
    NDArray flat = energy.reshape(map.getShape().get(0), -1);
    NDArray norm =
        flat.square().sum(new int[] {1}, true).maximum(Constants.of(map, MIN_SQUARE)).sqrt();
    return flat.div(norm);
  }
}
