package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Attention read off a map's activations.
 *
 * <pre>
 *   spatial   G_s = mean_c |x|       A_s = H·W · softmax_HW(G_s / τ)
 *   channel   G_c = mean_hw |x|      A_c = C · softmax_C(G_c / τ)
 * </pre>
 *
 * <p>Zhang and Ma 2021 (ICLR, "Improve object detection with feature-based knowledge
 * distillation"), eq. 1 and 2; Yang et al. 2022 (arXiv:2111.11837), eq. 5 to 8.
 */
public final class ActivationAttention {
  private ActivationAttention() {}

  /** Mean activation of each position, (N, 1, H, W). */
  public static NDArray spatialMean(NDArray map) {
    return map.abs().mean(new int[] {1}, true);
  }

  /** Mean activation of each channel, (N, C, 1, 1). */
  public static NDArray channelMean(NDArray map) {
    Shape shape = map.getShape();
    float share = (float) (1.0 / (shape.get(2) * shape.get(3)));
    return map.abs().sum(new int[] {2, 3}, true).mul(Constants.of(map, share));
  }

  /**
   * Attention over positions.
   *
   * @param means (N, 1, H, W)
   * @return the same shape; H·W in sum
   */
  public static NDArray spatial(NDArray means, double temperature) {
    return attention(means, temperature);
  }

  /**
   * Attention over channels.
   *
   * @param means (N, C, 1, 1)
   * @return the same shape; C in sum
   */
  public static NDArray channel(NDArray means, double temperature) {
    return attention(means, temperature);
  }

  private static NDArray attention(NDArray means, double temperature) {
    Shape shape = means.getShape();
    NDArray flat = means.reshape(shape.get(0), -1);
    return KullbackLeibler.soften(flat, temperature)
        .softmax(1)
        .mul(Constants.of(means, (float) flat.getShape().get(1)))
        .reshape(shape);
  }
}
