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

  /**
   * The cell of this grid in which the centre of each cell of another one lies, where both cover
   * the same view.
   *
   * @return one per cell of the other, row-major
   */
  public int[] nearest(LevelGrid other) {
    int[] cells = new int[other.cells()];
    for (int y = 0; y < other.height; y++) {
      int row = (2 * y + 1) * height / (2 * other.height);
      for (int x = 0; x < other.width; x++) {
        cells[y * other.width + x] = row * width + (2 * x + 1) * width / (2 * other.width);
      }
    }
    return cells;
  }

  /** Number of cells, H * W. */
  public int cells() {
    return height * width;
  }
}
