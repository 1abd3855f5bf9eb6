package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import java.util.function.UnaryOperator;

/**
 * Focal and global distillation (FGD): foreground and background weighed by the teacher's
 * attention, the attention itself, and the global context.
 *
 * <pre>
 *   foreground  Σ (s - t)² · A_s · A_c · M_fg / N      background likewise with M_bg
 *   attention   Σ |A_c(s) - A_c(t)| / N + Σ |A_s(s) - A_s(t)| / N
 *   relation    Σ (GC_s(s) - GC_t(t))² / N, GC a global context block
 * </pre>
 *
 * <p>Yang et al. 2022 (arXiv:2111.11837), eq. 3 to 13. The published weights for one-stage
 * detectors are 1e-3, 5e-4, 5e-4, 5e-6, temperature 0.5. Both context blocks are trained.
 */
public final class FocalGlobalLoss {
  private FocalGlobalLoss() {}

  /**
   * The unweighted losses of a level; scalars.
   *
   * @param foreground inside boxes
   * @param background outside
   * @param attention of both kinds
   * @param channelAttention of channels alone
   * @param spatialAttention of positions alone
   * @param relation of the global context
   */
  public record Parts(
      NDArray foreground,
      NDArray background,
      NDArray attention,
      NDArray channelAttention,
      NDArray spatialAttention,
      NDArray relation) {}

  /**
   * The losses of one level.
   *
   * @param student (N, C, H, W), adapted
   * @param teacher (N, C, H, W), constant
   * @param foreground (N, 1, H, W) weights of covered cells
   * @param background (N, 1, H, W) weights of the others
   * @param temperature of the attention
   * @param studentContext GC of the student
   * @param teacherContext GC of the teacher
   */
  public static Parts losses(
      NDArray student,
      NDArray teacher,
      NDArray foreground,
      NDArray background,
      double temperature,
      UnaryOperator<NDArray> studentContext,
      UnaryOperator<NDArray> teacherContext) {
    Rows.requireSameShape(student, teacher);
    NDArray constant = teacher.stopGradient();
    float share = 1f / student.getShape().get(0);
    NDArray spatialT =
        ActivationAttention.spatial(ActivationAttention.spatialMean(constant), temperature);
    NDArray channelT =
        ActivationAttention.channel(ActivationAttention.channelMean(constant), temperature);
    NDArray spatialS =
        ActivationAttention.spatial(ActivationAttention.spatialMean(student), temperature);
    NDArray channelS =
        ActivationAttention.channel(ActivationAttention.channelMean(student), temperature);
    NDArray weighed = student.sub(constant).square().mul(spatialT).mul(channelT);
    NDArray channels = channelS.sub(channelT).abs().sum();
    NDArray positions = spatialS.sub(spatialT).abs().sum();
    NDArray attention = channels.add(positions);
    NDArray relation =
        studentContext.apply(student).sub(teacherContext.apply(constant)).square().sum();
    return new Parts(
        weighed.mul(foreground).sum().mul(Constants.of(student, share)),
        weighed.mul(background).sum().mul(Constants.of(student, share)),
        attention.mul(Constants.of(student, share)),
        channels.mul(Constants.of(student, share)),
        positions.mul(Constants.of(student, share)),
        relation.mul(Constants.of(student, share)));
  }
}
