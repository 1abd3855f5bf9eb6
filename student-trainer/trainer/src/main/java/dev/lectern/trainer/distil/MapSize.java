package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/** Sizes of a map, (N, C, H, W). */
final class MapSize {
  private MapSize() {}

  /** H times W. */
  static double cells(NDArray map) {
    Shape shape = map.getShape();
    return (double) shape.get(2) * shape.get(3);
  }

  /** C. */
  static double channels(NDArray map) {
    return map.getShape().get(1);
  }

  /** N. */
  static double images(NDArray map) {
    return map.getShape().get(0);
  }
}
