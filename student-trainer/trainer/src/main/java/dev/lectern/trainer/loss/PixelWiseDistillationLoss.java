package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Pixel-wise distillation: the softmax over channels at every position.
 *
 * <pre>
 *   KL_i = KL( softmax_C(teacher_i / τ) ‖ softmax_C(student_i / τ) )
 *   MEAN           Σ KL / (N · C · H · W)            no τ²
 *   PER_POSITION   τ² · Σ KL / (N · H · W)
 *   cross entropy  Σ_i Σ_c -p ln q / (H · W)         grows with the batch
 * </pre>
 *
 * <p>Liu et al. 2019 (arXiv:1903.04197), eq. 1, prints the mean over positions. The public codes
 * reduce in these three ways.
 */
public final class PixelWiseDistillationLoss {
  /** How the divergences of the positions become one number. */
  public enum Reduction {
    /** Mean over positions and channels, without τ². */
    MEAN,
    /** Mean over positions, times τ². */
    PER_POSITION
  }

  private PixelWiseDistillationLoss() {}

  /**
   * The divergence.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @param temperature τ > 0
   * @return scalar ≥ 0 up to rounding
   */
  public static NDArray loss(
      NDArray student, NDArray teacher, double temperature, Reduction reduction) {
    Rows.requireSameShape(student, teacher);
    NDArray sum = KullbackLeibler.perRow(Rows.of(student), Rows.of(teacher), temperature).sum();
    Shape shape = student.getShape();
    double positions = (double) shape.get(0) * shape.get(2) * shape.get(3);
    double factor =
        reduction == Reduction.MEAN
            ? 1 / (positions * shape.get(1))
            : temperature * temperature / positions;
    return sum.mul(Constants.of(student, (float) factor));
  }

  /**
   * The cross entropy, summed over the batch.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @return scalar
   */
  public static NDArray crossEntropy(NDArray student, NDArray teacher) {
    Rows.requireSameShape(student, teacher);
    NDArray p = teacher.stopGradient().softmax(1);
    Shape shape = student.getShape();
    double area = (double) shape.get(2) * shape.get(3);
    return p.mul(student.logSoftmax(1)).sum().mul(Constants.of(student, (float) (-1 / area)));
  }
}
