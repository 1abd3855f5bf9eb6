package dev.lectern.trainer.assign;

import dev.lectern.detector.prior.PriorGrid;
import java.util.List;

/**
 * The order of rows when the level maps (N, C, H, W) of a batch become one matrix: level-major,
 * then image, then row-major over h, w, then anchor of the cell. A level's rows are thus one
 * contiguous range.
 */
public final class BatchRows {
  private final PriorGrid priors;
  private final int images;

  /**
   * @param images N
   */
  public BatchRows(PriorGrid priors, int images) {
    this.priors = priors;
    this.images = images;
  }

  /** The rows of some of the levels. */
  public BatchRows onLevels(List<Integer> levels) {
    return new BatchRows(priors.onLevels(levels), images);
  }

  /** Number of rows, N * R. */
  public int count() {
    return images * priors.positions();
  }

  /** Number of images, N. */
  public int images() {
    return images;
  }

  /** Anchors per cell, A: as many neighbouring rows belong to one cell. */
  public int anchorsPerCell() {
    return priors.anchorsPerCell();
  }

  /** Number of levels. */
  public int levels() {
    return priors.levels().size();
  }

  /** First row of a level; {@code start(levels)} is the number of rows. */
  public int start(int level) {
    return images * priors.start(level);
  }

  /** Row of a position of an image. */
  public int row(int image, int position) {
    int level = priors.levelOf(position);
    return start(level) + image * priors.count(level) + position - priors.start(level);
  }

  /** Rows of all positions of an image, positions level-major, (R). */
  public int[] ofImage(int image) {
    int[] rows = new int[priors.positions()];
    for (int position = 0; position < rows.length; position++) {
      rows[position] = row(image, position);
    }
    return rows;
  }

  /** Level of a row. */
  public int levelOf(int row) {
    int level = 0;
    while (row >= start(level + 1)) {
      level++;
    }
    return level;
  }

  /** Image of a row. */
  public int imageOf(int row) {
    int level = levelOf(row);
    return (row - start(level)) / priors.count(level);
  }

  /** Stride of a row's level, in pixels. */
  public int strideOf(int row) {
    return priors.levels().get(levelOf(row)).stride();
  }

  /**
   * What one image has of a matrix with a row per position.
   *
   * @param matrix (N * R, columns), row-major
   * @return (R, columns), positions level-major
   */
  public float[] ofImage(int image, float[] matrix, int columns) {
    float[] own = new float[priors.positions() * columns];
    for (int level = 0; level < priors.levels().size(); level++) {
      int count = priors.count(level);
      System.arraycopy(
          matrix,
          (start(level) + image * count) * columns,
          own,
          priors.start(level) * columns,
          count * columns);
    }
    return own;
  }

  /** Positions of some rows among the priors of their image, (M). */
  public int[] positionsOf(int[] rows) {
    int[] positions = new int[rows.length];
    for (int m = 0; m < rows.length; m++) {
      int level = levelOf(rows[m]);
      positions[m] = priors.start(level) + (rows[m] - start(level)) % priors.count(level);
    }
    return positions;
  }
}
