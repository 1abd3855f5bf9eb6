package dev.lectern.trainer.distil.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

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
    NDManager manager = map.getManager();
    NDArray rows =
        manager.create(choice((int) shape.get(2), height), new Shape(height, shape.get(2)));
    NDArray columns =
        manager.create(choice((int) shape.get(3), width), new Shape(width, shape.get(3)));
    return rows.matMul(map).matMul(columns.transpose());
  }

  private static float[] choice(int size, int count) {
    float[] matrix = new float[count * size];
    for (int i = 0; i < count; i++) {
      matrix[i * size + i * size / count] = 1;
    }
    return matrix;
  }
}
