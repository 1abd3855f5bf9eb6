package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.function.UnaryOperator;

/**
 * Attention-guided distillation.
 *
 * <pre>
 *   official  M = mean of both networks' spatial attention, constant
 *     feature   sqrt( Σ (t - conv1x1(s))² · M )
 *     channel   ‖ GAP(t) - Linear(GAP(s)) ‖      spatial  ‖ mean_c t - conv3x3(mean_c s) ‖
 *   paper     M_s, M_c from softmax of the SUM of both networks' activations, constant
 *     attention ‖ G_s(s) - G_s(t) ‖ + ‖ G_c(s) - G_c(t) ‖      masked  sqrt( Σ (s - t)² · M_s · M_c )
 * </pre>
 *
 * <p>Zhang and Ma 2021 (ICLR), eq. 1 to 5. Norms run over the whole batch tensor. Published
 * weights: feature 7e-5, channel and spatial 4e-3, τ 0.5. The non-local relations are compared by
 * {@link #distance}.
 */
public final class AttentionGuidedLoss {
  private static final float MIN_SQUARE = 1e-24f;

  private AttentionGuidedLoss() {}

  /**
   * The learnable maps of the student.
   *
   * @param feature a 1x1 convolution from C_s to C_t channels
   * @param channel a linear map of channel means, from C_s to C_t
   * @param spatial a 3x3 convolution of position means
   */
  public record Adapters(
      UnaryOperator<NDArray> feature,
      UnaryOperator<NDArray> channel,
      UnaryOperator<NDArray> spatial) {}

  /**
   * The official losses, unweighted; scalars.
   *
   * @param feature masked features
   * @param channel channel means
   * @param spatial position means
   * @param mask (N, 1, H, W)
   */
  public record Official(NDArray feature, NDArray channel, NDArray spatial, NDArray mask) {}

  /**
   * The printed losses, unweighted; scalars.
   *
   * @param attention difference of attentions
   * @param masked masked features
   */
  public record Printed(NDArray attention, NDArray masked) {}

  /**
   * The public code's form.
   *
   * @param student (N, C_s, H, W)
   * @param teacher (N, C_t, H, W), constant
   */
  public static Official official(
      NDArray student, NDArray teacher, double temperature, Adapters adapters) {
    NDArray constant = teacher.stopGradient();
    NDArray mask =
        attention(student.stopGradient(), temperature)
            .add(attention(constant, temperature))
            .mul(Constants.of(student, 0.5f));
    NDArray adapted = adapters.feature().apply(student);
    NDArray feature = root(constant.sub(adapted).square().mul(mask).sum());
    NDArray pooled = adapters.channel().apply(means(student));
    NDArray drawn = adapters.spatial().apply(student.mean(new int[] {1}, true));
    return new Official(
        feature,
        distance(means(constant), pooled),
        distance(constant.mean(new int[] {1}, true), drawn),
        mask);
  }

  /**
   * The printed form, after any adapter.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   */
  public static Printed paper(NDArray student, NDArray teacher, double temperature) {
    Rows.requireSameShape(student, teacher);
    NDArray constant = teacher.stopGradient();
    NDArray spatialS = ActivationAttention.spatialMean(student);
    NDArray spatialT = ActivationAttention.spatialMean(constant);
    NDArray channelS = ActivationAttention.channelMean(student);
    NDArray channelT = ActivationAttention.channelMean(constant);
    NDArray spatial =
        ActivationAttention.spatial(spatialS.stopGradient().add(spatialT), temperature);
    NDArray channel =
        ActivationAttention.channel(channelS.stopGradient().add(channelT), temperature);
    NDArray masked = root(student.sub(constant).square().mul(spatial).mul(channel).sum());
    return new Printed(distance(spatialS, spatialT).add(distance(channelS, channelT)), masked);
  }

  /** The Euclidean distance of two tensors, with gradient 0 where they agree. */
  public static NDArray distance(NDArray a, NDArray b) {
    return root(a.sub(b).square().sum());
  }

  private static NDArray root(NDArray squared) {
    return squared.maximum(Constants.of(squared, MIN_SQUARE)).sqrt();
  }

  private static NDArray attention(NDArray map, double temperature) {
    return ActivationAttention.spatial(ActivationAttention.spatialMean(map), temperature);
  }

  /** Channel means, (N, C). */
  private static NDArray means(NDArray map) {
    Shape shape = map.getShape();
    return map.reshape(shape.get(0), shape.get(1), -1).mean(new int[] {2});
  }
}
