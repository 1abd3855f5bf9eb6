package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.pooling.Pool;
import dev.lectern.trainer.loss.BatchNormalization;
import dev.lectern.trainer.loss.Constants;

/**
 * Non-local block with dot products: every position gathers from all others.
 *
 * <pre>
 *   W = θ(x)ᵀ φ(x) / positions of φ     out = x + BN(conv1x1( W g(x) ))
 * </pre>
 *
 * <p>Wang et al. 2018 (arXiv:1711.07971), eq. 4 and 6, as used by Zhang and Ma 2021 (ICLR), section
 * 3.2. φ and g may be max-pooled; the public code pools twice, by 2 and then by k ({@code pools =
 * 2, k}), where once by k is meant.
 *
 * @param theta query map
 * @param phi key map
 * @param g value map
 * @param out (C, D, 1, 1) output map, without bias
 * @param gamma of the batch normalisation, (C)
 * @param beta of the batch normalisation, (C)
 * @param pools kernels and strides of the max-pools on φ and g, in order
 */
public record NonLocalBlock(
    Affine theta, Affine phi, Affine g, NDArray out, NDArray gamma, NDArray beta, int... pools) {

  /**
   * Applies the block.
   *
   * @param x (N, C, H, W)
   * @return the same shape
   */
  public NDArray apply(NDArray x) {
    Shape shape = x.getShape();
    NDArray queries = flat(theta.convolve(x)).transpose(0, 2, 1);
    NDArray keys = flat(pooled(phi.convolve(x)));
    NDArray values = flat(pooled(g.convolve(x))).transpose(0, 2, 1);
    NDArray pairs = queries.batchMatMul(keys).mul(Constants.of(x, 1f / keys.getShape().get(2)));
    NDArray gathered =
        pairs
            .batchMatMul(values)
            .transpose(0, 2, 1)
            .reshape(shape.get(0), -1, shape.get(2), shape.get(3));
    return x.add(
        BatchNormalization.normalize(Conv2d.conv2d(gathered, out).singletonOrThrow(), gamma, beta));
  }

  private NDArray pooled(NDArray map) {
    NDArray smaller = map;
    for (int size : pools) {
      Shape kernel = new Shape(size, size);
      smaller = Pool.maxPool2d(smaller, kernel, kernel, new Shape(0, 0), false);
    }
    return smaller;
  }

  private static NDArray flat(NDArray map) {
    return map.reshape(map.getShape().get(0), map.getShape().get(1), -1);
  }
}
