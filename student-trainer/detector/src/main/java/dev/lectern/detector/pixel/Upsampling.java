package dev.lectern.detector.pixel;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Resampling;

/** How a map becomes as large as the canvas; bilinear in both forms. */
public enum Upsampling {
  /** By the centres of cells and pixels. */
  CENTRES,
  /** The outermost cells lie on the outermost pixels ({@code align_corners}). */
  CORNERS;

  /** Along one side. */
  public Resampling along(int size, int count) {
    return this == CORNERS ? Resampling.aligned(size, count) : Resampling.bilinear(size, count);
  }

  /** Where the pixels of a side read, in cells. */
  double[] positions(int size, int count) {
    return this == CORNERS ? Resampling.corners(size, count) : Resampling.centres(size, count);
  }

  /**
   * Of a batch, with gradient.
   *
   * @param map (N, C, H, W)
   * @return (N, C, height, width)
   */
  public NDArray apply(NDArray map, int height, int width) {
    int rows = (int) map.getShape().get(2);
    int columns = (int) map.getShape().get(3);
    return new EagerOperations(Mode.EVALUATE)
        .resampled(map, along(rows, height), along(columns, width));
  }
}
