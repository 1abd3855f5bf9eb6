package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Squared difference of two maps.
 *
 * <pre>
 *   perPosition  L = Σ (student - teacher)² / (N · H · W)
 *   mean         L = Σ (student - teacher)² / (N · C · H · W)
 *   halfPerImage L = Σ (student - teacher)² / (2 · N)
 * </pre>
 *
 * <p>The unnormalised ablation of Shu et al. 2021 (arXiv:2011.13256) sums over channels; its public
 * code looks at the first image of the batch only, ours at all. FitNets hints (arXiv:1412.6550, eq.
 * 3) take half the sum as printed, the mean in public codes.
 */
public final class FeatureSquaredLoss {
  private FeatureSquaredLoss() {}

  /**
   * Summed over channels, averaged over positions.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @return scalar ≥ 0
   */
  public static NDArray perPosition(NDArray student, NDArray teacher) {
    Shape shape = student.getShape();
    double positions = (double) shape.get(0) * shape.get(2) * shape.get(3);
    return sum(student, teacher).mul(Constants.of(student, (float) (1 / positions)));
  }

  /**
   * Averaged over all elements.
   *
   * @param student any shape
   * @param teacher the same shape, constant
   * @return scalar ≥ 0
   */
  public static NDArray mean(NDArray student, NDArray teacher) {
    return sum(student, teacher).mul(Constants.of(student, (float) (1.0 / student.size())));
  }

  /**
   * Half the sum, averaged over images.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @return scalar ≥ 0
   */
  public static NDArray halfPerImage(NDArray student, NDArray teacher) {
    return sum(student, teacher).mul(Constants.of(student, 0.5 / student.getShape().get(0)));
  }

  private static NDArray sum(NDArray student, NDArray teacher) {
    Rows.requireSameShape(student, teacher);
    return student.sub(teacher.stopGradient()).square().sum();
  }
}
