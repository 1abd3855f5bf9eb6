package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Batch normalisation with the statistics of the batch itself, with gradient through them.
 *
 * <pre>
 *   y = (x - mean_{n,h,w} x) / sqrt(var_{n,h,w} x + ε) · γ + β     var biased, ε = 1e-5
 * </pre>
 */
public final class BatchNormalization {
  private static final float EPSILON = 1e-5f;
  private static final int[] WITHIN_CHANNEL = {0, 2, 3};

  private BatchNormalization() {}

  /**
   * Without affine map.
   *
   * @param x (N, C, H, W)
   */
  public static NDArray normalize(NDArray x) {
    Shape shape = x.getShape();
    float share = (float) (1.0 / (shape.get(0) * shape.get(2) * (double) shape.get(3)));
    NDArray centred = x.sub(x.sum(WITHIN_CHANNEL, true).mul(Constants.of(x, share)));
    NDArray variance = centred.square().sum(WITHIN_CHANNEL, true).mul(Constants.of(x, share));
    return centred.div(variance.add(EPSILON).sqrt());
  }

  /**
   * With affine map.
   *
   * @param x (N, C, H, W)
   * @param gamma (C)
   * @param beta (C)
   */
  public static NDArray normalize(NDArray x, NDArray gamma, NDArray beta) {
    return affine(normalize(x), gamma, beta);
  }

  private static NDArray affine(NDArray x, NDArray gamma, NDArray beta) {
    return x.mul(perChannel(gamma, x)).add(perChannel(beta, x));
  }

  /** Released with {@code x}: parameters live on, and what is made of them would pile up there. */
  private static NDArray perChannel(NDArray values, NDArray x) {
    NDArray view = values.reshape(1, -1, 1, 1);
    view.attach(x.getManager());
    return view;
  }
}
