package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Gradient penalty of a discriminator D.
 *
 * <pre>
 *   x̂ = a·t + (1 - a)·s      L = λ · mean_n ( ‖ ∂ Σ D(x̂) / ∂x̂_n ‖₂ - 1 )²
 * </pre>
 *
 * <p>Gulrajani et al. 2017 (arXiv:1704.00028), eq. 3; λ = 10.
 */
public final class GradientPenalty {
  private static final float MIN_SQUARE = 1e-24f;

  private GradientPenalty() {}

  /**
   * Maps between those of both networks.
   *
   * @param student (N, C, H, W), constant
   * @param teacher (N, C, H, W), constant
   * @param mixing (N) a in [0, 1]
   */
  public static NDArray mixed(NDArray student, NDArray teacher, NDArray mixing) {
    NDArray a = mixing.reshape(new Shape(mixing.size(), 1, 1, 1));
    return teacher.mul(a).add(student.mul(a.neg().add(1f))).stopGradient();
  }

  /**
   * The penalty of slopes, with gradient to what they depend on.
   *
   * @param slopes (N, C, H, W), ∂ Σ D(x̂) / ∂x̂
   * @param weight λ
   * @return scalar ≥ 0
   */
  public static NDArray ofSlopes(NDArray slopes, double weight) {
    NDArray squares = slopes.reshape(slopes.getShape().get(0), -1).square().sum(new int[] {1});
    NDArray norms = squares.maximum(Constants.of(slopes, MIN_SQUARE)).sqrt();
    return norms.sub(1f).square().mean().mul(Constants.of(slopes, weight));
  }
}
