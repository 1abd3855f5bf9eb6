package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Resampling;

/**
 * Bilinear resizing, a constant linear map: output cell i of n reads the input at max(0, (i +
 * 1/2)·size/n - 1/2), between its two nearest cells.
 */
public final class BilinearResize {
  private BilinearResize() {}

  /**
   * Resizes a map.
   *
   * @param map (N, C, H, W)
   * @return (N, C, height, width)
   */
  public static NDArray resize(NDArray map, int height, int width) {
    Shape shape = map.getShape();
    return new EagerOperations(Mode.EVALUATE)
        .resampled(
            map,
            Resampling.bilinear((int) shape.get(2), height),
            Resampling.bilinear((int) shape.get(3), width));
  }
}
