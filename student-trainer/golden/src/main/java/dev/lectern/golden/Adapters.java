package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;

/** The learnable maps in front of a loss, with the weights that a case gives. */
final class Adapters {
  private Adapters() {}

  /**
   * A convolution of stride 1 that keeps the size, or the map itself where the case has no weights.
   *
   * @param weight name of the input (out, in, k, k)
   * @param bias name of the input (out), may be absent
   */
  static NDArray convolved(GoldenCase golden, NDArray map, String weight, String bias) {
    if (!golden.has(weight)) {
      return map;
    }
    NDArray kernel = golden.tensor(weight);
    Shape shape = kernel.getShape();
    Shape padding = new Shape(shape.get(2) / 2, shape.get(3) / 2);
    NDArray offset = golden.has(bias) ? golden.tensor(bias) : null;
    return Conv2d.conv2d(map, kernel, offset, new Shape(1, 1), padding).singletonOrThrow();
  }
}
