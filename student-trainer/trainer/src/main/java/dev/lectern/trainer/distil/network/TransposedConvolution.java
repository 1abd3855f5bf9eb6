package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;

/**
 * The transposed convolution that doubles a map: kernel 4x4, stride 2, padding 1. The engine has
 * none with gradient, so zeros are put between the cells and an ordinary convolution with the
 * turned kernel follows, which is the same map.
 */
public final class TransposedConvolution {
  private static final int KERNEL = 4;

  private TransposedConvolution() {}

  /**
   * Doubles a map.
   *
   * @param map (N, C, H, W)
   * @param weight (C, D, 4, 4)
   * @param bias (D)
   * @return (N, D, 2 * H, 2 * W)
   * @throws IllegalArgumentException if the kernel is not 4x4
   */
  public static NDArray doubled(NDArray map, NDArray weight, NDArray bias) {
    Shape kernel = weight.getShape();
    if (kernel.get(2) != KERNEL || kernel.get(3) != KERNEL) {
      throw new IllegalArgumentException("kernel is " + kernel + ", expected (C, D, 4, 4)");
    }
    Shape shape = map.getShape();
    long height = shape.get(2);
    long width = shape.get(3);
    NDArray spread =
        map.reshape(shape.get(0), shape.get(1), height, 1, width, 1)
            .pad(new Shape(0, 1, 0, 0, 0, 1, 0, 0), 0)
            .reshape(shape.get(0), shape.get(1), 2 * height, 2 * width)
            .get(":, :, 0:{}, 0:{}", 2 * height - 1, 2 * width - 1);
    NDArray turned = weight.transpose(1, 0, 2, 3).flip(2, 3);
    return Conv2d.conv2d(spread, turned, bias, new Shape(1, 1), new Shape(2, 2)).singletonOrThrow();
  }
}
