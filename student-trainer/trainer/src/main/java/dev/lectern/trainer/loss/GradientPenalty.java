package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.trainer.distil.network.DiscriminatorSlope;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Gradient penalty of a discriminator D.
 *
 * <pre>
 *   x̂ = a·t + (1 - a)·s      L = λ · mean_n ( ‖ ∂ Σ D(x̂) / ∂x̂_n ‖₂ - 1 )²
 * </pre>
 *
 * <p>Gulrajani et al. 2017 (arXiv:1704.00028), eq. 3; λ = 10. {@link #loss} needs a backward pass
 * of its own, whose gradients of D's parameters are cleared again: call it before any other
 * backward of the step. Its graph stays in memory for the life of the process; a training run takes
 * {@link #ofSlopes}.
 */
public final class GradientPenalty {
  private static final float LEAST_SQUARE = 1e-24f;

  private GradientPenalty() {}

  /**
   * The penalty, with gradient to D's parameters.
   *
   * @param discriminator D
   * @param parameters of D; their gradients are set to 0
   * @param student (N, C, H, W), constant
   * @param teacher (N, C, H, W), constant
   * @param mixing (N) a in [0, 1]
   * @param weight λ
   * @return scalar ≥ 0
   */
  public static NDArray loss(
      UnaryOperator<NDArray> discriminator,
      List<NDArray> parameters,
      NDArray student,
      NDArray teacher,
      NDArray mixing,
      double weight) {
    Rows.requireSameShape(student, teacher);
    NDArray mixed = mixed(student, teacher, mixing).duplicate();
    mixed.setRequiresGradient(true);
    NDArray score = discriminator.apply(mixed).sum();
    JniUtils.backward((PtNDArray) score, (PtNDArray) score.onesLike(), true, true);
    NDArray gradient = mixed.getGradient();
    parameters.forEach(parameter -> JniUtils.zeroGrad((PtNDArray) parameter));
    return ofSlopes(gradient, weight);
  }

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
   * The penalty of slopes that are known, such as those of {@link DiscriminatorSlope}.
   *
   * @param slopes (N, C, H, W), ∂ Σ D(x̂) / ∂x̂
   * @param weight λ
   * @return scalar ≥ 0
   */
  public static NDArray ofSlopes(NDArray slopes, double weight) {
    NDArray squares = slopes.reshape(slopes.getShape().get(0), -1).square().sum(new int[] {1});
    NDArray norms = squares.maximum(Constants.of(slopes, LEAST_SQUARE)).sqrt();
    return norms.sub(1f).square().mean().mul(Constants.of(slopes, weight));
  }
}
