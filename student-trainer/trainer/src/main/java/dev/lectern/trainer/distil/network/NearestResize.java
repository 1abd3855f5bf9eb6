package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Resampling;

/**
 * Resizing by the nearest cell, a constant linear map: output cell i of n takes input cell
 * floor(i·size/n).
 */
public final class NearestResize {
  private NearestResize() {}

  /**
   * Resizes a map.
   *
   * @param map (N, C, H, W)
   * @return (N, C, height, width)
   */
  public static NDArray resize(NDArray map, int height, int width) {
    Shape shape = map.getShape();
    if (shape.get(2) == height && shape.get(3) == width) {
      return map;
    }
    return new EagerOperations(Mode.EVALUATE)
        .resampled(
            map,
            Resampling.nearest((int) shape.get(2), height),
            Resampling.nearest((int) shape.get(3), width));
  }
}
