package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Resampling;

/**
 * Adaptive average pooling, a constant linear map: output bin i of n averages the inputs from
 * floor(i·size/n) up to, not including, ceil((i+1)·size/n).
 */
public final class AdaptiveAveragePool {
  private AdaptiveAveragePool() {}

  /**
   * Pools a map.
   *
   * @param map (N, C, H, W)
   * @return (N, C, height, width)
   */
  public static NDArray pool(NDArray map, int height, int width) {
    Shape shape = map.getShape();
    if (shape.get(2) == height && shape.get(3) == width) {
      return map;
    }
    return new EagerOperations(Mode.EVALUATE)
        .resampled(
            map,
            Resampling.averaging((int) shape.get(2), height),
            Resampling.averaging((int) shape.get(3), width));
  }
}
