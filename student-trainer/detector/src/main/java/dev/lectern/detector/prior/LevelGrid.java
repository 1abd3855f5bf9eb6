package dev.lectern.detector.prior;

/**
 * The grid of one pyramid level.
 *
 * @param stride pixels of the network input per cell
 * @param height cells, H
 * @param width cells, W
 */
public record LevelGrid(int stride, int height, int width) {

  /** Refuses a grid that has no extent. */
  public LevelGrid {
    if (stride <= 0 || height <= 0 || width <= 0) {
      throw new IllegalArgumentException(
          "level of " + height + "x" + width + " cells with stride " + stride + ", expected > 0");
    }
  }

  /** Number of cells, H * W. */
  public int cells() {
    return height * width;
  }
}
