package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

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
    NDManager manager = map.getManager();
    NDArray rows =
        manager.create(weights((int) shape.get(2), height), new Shape(height, shape.get(2)));
    NDArray columns =
        manager.create(weights((int) shape.get(3), width), new Shape(width, shape.get(3)));
    return rows.matMul(map).matMul(columns.transpose());
  }

  private static float[] weights(int size, int count) {
    float[] matrix = new float[count * size];
    for (int i = 0; i < count; i++) {
      double at = Math.max(0, (i + 0.5) * size / count - 0.5);
      int first = Math.min((int) at, size - 1);
      int second = Math.min(first + 1, size - 1);
      matrix[i * size + first] += (float) (1 - (at - first));
      matrix[i * size + second] += (float) (at - first);
    }
    return matrix;
  }
}
