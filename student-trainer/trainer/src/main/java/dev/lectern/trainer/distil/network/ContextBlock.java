package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;

/**
 * A global context block.
 *
 * <pre>
 *   GC(x) = x + conv( ReLU( LN( conv( Σ_hw x · softmax_HW(conv_mask(x)) ) ) ) )
 * </pre>
 *
 * <p>Cao et al. 2019 (arXiv:1904.11492), as used by Yang et al. 2022 (arXiv:2111.11837), eq. 12.
 *
 * @param mask (1, C, 1, 1) and (1)
 * @param reduce (D, C, 1, 1) and (D)
 * @param gamma (D, 1, 1)
 * @param beta (D, 1, 1)
 * @param expand (C, D, 1, 1) and (C)
 */
public record ContextBlock(Affine mask, Affine reduce, NDArray gamma, NDArray beta, Affine expand) {
  private static final float LAYER_EPSILON = 1e-5f;

  /**
   * Applies the block.
   *
   * @param x (N, C, H, W)
   * @return the same shape
   */
  public NDArray apply(NDArray x) {
    Shape shape = x.getShape();
    NDArray weights = mask.convolve(x).reshape(shape.get(0), -1, 1).softmax(1);
    NDArray context =
        x.reshape(shape.get(0), shape.get(1), -1)
            .batchMatMul(weights)
            .reshape(shape.get(0), shape.get(1), 1, 1);
    NDArray reduced = reduce.convolve(context);
    NDArray centred = reduced.sub(reduced.mean(new int[] {1}, true));
    NDArray variance = centred.square().mean(new int[] {1}, true);
    NDArray normal = centred.div(variance.add(LAYER_EPSILON).sqrt()).mul(gamma).add(beta);
    return x.add(expand.convolve(Activation.relu(normal)));
  }
}
