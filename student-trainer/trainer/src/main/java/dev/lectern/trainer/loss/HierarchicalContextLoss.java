package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Hierarchical context loss: two maps compared at their own and at pooled sizes.
 *
 * <pre>
 *   L = ( mse(s, t) + Σ_k w_k · mse(pool_l s, pool_l t) ) / (1 + Σ w_k)
 *   l in 4, 2, 1 as long as l &lt; H     w_k = 1/2, 1/4, 1/8 in the order of the sizes used
 * </pre>
 *
 * <p>Chen et al. 2021 (arXiv:2104.09044), section 3.3 and figure 3b. Pooling is adaptive averaging
 * to l x l; whether a size is used depends on the height alone, as in the public code.
 */
public final class HierarchicalContextLoss {
  private static final int[] SIZES = {4, 2, 1};

  private HierarchicalContextLoss() {}

  /**
   * The loss of one level.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @return scalar ≥ 0
   */
  public static NDArray loss(NDArray student, NDArray teacher) {
    NDArray constant = teacher.stopGradient();
    NDArray sum = FeatureSquaredLoss.mean(student, constant);
    float weight = 1;
    float total = 1;
    for (int size : SIZES) {
      if (size < student.getShape().get(2)) {
        weight /= 2;
        total += weight;
        NDArray pooled =
            FeatureSquaredLoss.mean(
                AdaptiveAveragePool.pool(student, size, size),
                AdaptiveAveragePool.pool(constant, size, size));
        sum = sum.add(pooled.mul(Constants.of(student, weight)));
      }
    }
    return sum.div(Constants.of(student, total));
  }
}
