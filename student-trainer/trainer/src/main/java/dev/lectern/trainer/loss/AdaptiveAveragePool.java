package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

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
    NDManager manager = map.getManager();
    NDArray rows =
        manager.create(bins((int) shape.get(2), height), new Shape(height, shape.get(2)));
    NDArray columns =
        manager.create(bins((int) shape.get(3), width), new Shape(width, shape.get(3)));
    return rows.matMul(map).matMul(columns.transpose());
  }

  private static float[] bins(int size, int count) {
    float[] matrix = new float[count * size];
    for (int i = 0; i < count; i++) {
      int from = i * size / count;
      int to = ((i + 1) * size + count - 1) / count;
      for (int j = from; j < to; j++) {
        matrix[i * size + j] = 1f / (to - from);
      }
    }
    return matrix;
  }
}
