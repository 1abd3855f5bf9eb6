package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;

/**
 * A learned affine map.
 *
 * @param weight (out, in, size, size), or (out, in) of a linear map
 * @param bias (out)
 */
public record Affine(NDArray weight, NDArray bias) {
  /**
   * A convolution of stride 1 that keeps the size of the map.
   *
   * @param map (N, in, H, W)
   */
  public NDArray convolve(NDArray map) {
    return convolve(map, 1, (int) weight.getShape().get(2) / 2);
  }

  /** A convolution with a stride, and zeros on all sides. */
  NDArray convolve(NDArray map, int stride, int padding) {
    return Conv2d.conv2d(map, weight, bias, new Shape(stride, stride), new Shape(padding, padding))
        .singletonOrThrow();
  }

  /** A linear map of (N, in). */
  public NDArray linear(NDArray rows) {
    return Linear.linear(rows, weight, bias).singletonOrThrow();
  }
}
