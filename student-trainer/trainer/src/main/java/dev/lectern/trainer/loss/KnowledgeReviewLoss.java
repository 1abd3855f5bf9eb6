package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Knowledge review and feature decoupling (KRD): a reconstruction of ours, since only the paper's
 * abstract is at hand. Results made with it say so.
 *
 * <pre>
 *   A = spatial · channel attention of the teacher;  M = covered cells, or the others
 *   a = P·sqrt(A M)  b = T·sqrt(A M)
 *   e(p, q) = mean_n[ mean_chw (p - q)² · H·W / max(1, Σ M_n) ]
 *   D = ( e(a, b) + Σ_k w_k e(pool_l a, pool_l b) ) / (1 + Σ w_k),  l in 4, 2, 1 below min(H, W)
 * </pre>
 *
 * <p>P is the student fused from coarse to fine. The pyramid follows {@link
 * HierarchicalContextLoss}, the attention {@link FocalGlobalLoss}. Published figures of the paper
 * are for the original, not for this form.
 */
public final class KnowledgeReviewLoss {
  private static final int[] SIZES = {4, 2, 1};

  private KnowledgeReviewLoss() {}

  /**
   * The decoupled pyramid similarity of one level under one mask.
   *
   * @param fused (N, D, H, W), the student
   * @param teacher (N, D, H, W), constant
   * @param mask (N, 1, H, W) of 0 and 1
   * @param temperature of the attention
   * @return scalar ≥ 0
   */
  public static NDArray similarity(
      NDArray fused, NDArray teacher, NDArray mask, double temperature) {
    Rows.requireSameShape(fused, teacher);
    NDArray constant = teacher.stopGradient();
    Shape shape = fused.getShape();
    NDArray attention =
        ActivationAttention.spatial(ActivationAttention.spatialMean(constant), temperature)
            .mul(
                ActivationAttention.channel(
                    ActivationAttention.channelMean(constant), temperature));
    NDArray root = attention.mul(mask).sqrt();
    NDArray difference = fused.sub(constant).mul(root); // pooling is linear: pool(a) - pool(b)
    NDArray cells = mask.sum(new int[] {1, 2, 3}).maximum(Constants.of(fused, 1f));
    NDArray factor = cells.getNDArrayInternal().rdiv((float) (shape.get(2) * shape.get(3)));
    NDArray sum = meanSquare(difference, factor);
    float weight = 1;
    float total = 1;
    for (int size : SIZES) {
      if (size < Math.min(shape.get(2), shape.get(3))) {
        weight /= 2;
        total += weight;
        NDArray pooled = AdaptiveAveragePool.pool(difference, size, size);
        sum = sum.add(meanSquare(pooled, factor).mul(Constants.of(fused, weight)));
      }
    }
    return sum.div(Constants.of(fused, total));
  }

  private static NDArray meanSquare(NDArray difference, NDArray factor) {
    return difference
        .reshape(difference.getShape().get(0), -1)
        .square()
        .mean(new int[] {1})
        .mul(factor)
        .mean();
  }
}
