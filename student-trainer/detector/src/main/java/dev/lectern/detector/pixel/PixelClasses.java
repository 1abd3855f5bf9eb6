package dev.lectern.detector.pixel;

import dev.lectern.detector.prior.LevelGrid;

/**
 * The class of each pixel of a canvas: the largest of the logits, made as large as the canvas; of
 * equal ones the first.
 *
 * @param grid cells of the logits
 * @param upsampling of the logits
 * @param height of the canvas, pixels
 * @param width of the canvas, pixels
 */
public record PixelClasses(LevelGrid grid, Upsampling upsampling, int height, int width) {
  /** Maximum number of classes of a label map. */
  public static final int MAX = LabelMap.IGNORED;

  /**
   * The classes of an image.
   *
   * @param logits (K, H, W) of the grid, row-major
   */
  public LabelMap of(float[] logits) {
    int cells = grid.cells();
    int classes = logits.length / cells;
    if (classes * cells != logits.length || classes < 1 || classes > MAX) {
      throw new IllegalArgumentException(
          "logits: found "
              + logits.length
              + " numbers, expected 1 to "
              + MAX
              + " classes of "
              + cells
              + " cells");
    }
    double[] rows = upsampling.positions(grid.height(), height);
    double[] columns = upsampling.positions(grid.width(), width);
    byte[] best = new byte[height * width];
    float[] line = new float[grid.width()];
    float[] largest = new float[width];
    for (int y = 0; y < height; y++) {
      for (int k = 0; k < classes; k++) {
        between(logits, k * cells, rows[y], line);
        for (int x = 0; x < width; x++) {
          int left = Math.min((int) columns[x], line.length - 1);
          int right = Math.min(left + 1, line.length - 1);
          float share = (float) (columns[x] - left);
          float value = (1 - share) * line[left] + share * line[right];
          if (k == 0 || value > largest[x]) {
            largest[x] = value;
            best[y * width + x] = (byte) k;
          }
        }
      }
    }
    return new LabelMap(width, height, best);
  }

  /** A row of one class between two rows of cells. */
  private void between(float[] logits, int plane, double at, float[] line) {
    int top = Math.min((int) at, grid.height() - 1);
    int bottom = Math.min(top + 1, grid.height() - 1);
    float share = (float) (at - top);
    for (int x = 0; x < line.length; x++) {
      line[x] =
          (1 - share) * logits[plane + top * grid.width() + x]
              + share * logits[plane + bottom * grid.width() + x];
    }
  }
}
