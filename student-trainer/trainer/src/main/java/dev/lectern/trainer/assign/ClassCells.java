package dev.lectern.trainer.assign;

import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.detector.prior.LevelGrid;
import java.util.Arrays;
import java.util.List;

/**
 * The class that each cell shows, per level (N * H * W), row-major over n, h, w: that of the
 * smallest box over the pixel at the cell's corner, {@link #BACKGROUND} where there is no box,
 * {@link #NONE} in the padding. Boxes stand in for the label maps of segmentation; where an image
 * has one, cell i of n has the class of pixel floor(i · size / n) instead, and {@link #NONE} where
 * that is ignored.
 */
public record ClassCells() implements TargetPart<int[][]> {
  /** Marks a cell that shows no class, not even background. */
  public static final int NONE = -2;

  /** Marks a cell of the image without an object. */
  public static final int BACKGROUND = -1;

  @Override
  public int[][] of(LabelledBatch batch) {
    List<LevelGrid> levels = batch.priors().levels();
    int[][] cells = new int[levels.size()][];
    for (int l = 0; l < cells.length; l++) {
      LevelGrid grid = levels.get(l);
      cells[l] = new int[batch.images().size() * grid.cells()];
      for (int n = 0; n < batch.images().size(); n++) {
        int[] own = cellsOf(grid, batch.images().get(n));
        System.arraycopy(own, 0, cells[l], n * own.length, own.length);
      }
    }
    return cells;
  }

  private static int[] cellsOf(LevelGrid grid, GroundTruth truth) {
    if (truth.classes() != null) {
      return cellsOf(grid, truth.classes());
    }
    int[] cells = new int[grid.cells()];
    double[] areas = new double[cells.length];
    Arrays.fill(cells, BACKGROUND);
    Arrays.fill(areas, Double.POSITIVE_INFINITY);
    for (int i = 0; i < cells.length; i++) {
      if (i / grid.width() * grid.stride() >= truth.valid().height()
          || i % grid.width() * grid.stride() >= truth.valid().width()) {
        cells[i] = NONE;
      }
    }
    for (int g = 0; g < truth.count(); g++) {
      draw(grid, truth, g, cells, areas);
    }
    return cells;
  }

  private static int[] cellsOf(LevelGrid grid, LabelMap map) {
    int[] cells = new int[grid.cells()];
    for (int i = 0; i < cells.length; i++) {
      int y = i / grid.width() * map.height() / grid.height();
      int x = i % grid.width() * map.width() / grid.width();
      int found = map.at(x, y);
      cells[i] = found == LabelMap.IGNORED ? NONE : found;
    }
    return cells;
  }

  /** Cells whose corner pixel's centre lies in the box, where no smaller box does. */
  private static void draw(LevelGrid grid, GroundTruth truth, int g, int[] cells, double[] areas) {
    float[] boxes = truth.boxes();
    double width = (double) boxes[4 * g + 2] - boxes[4 * g];
    double height = (double) boxes[4 * g + 3] - boxes[4 * g + 1];
    int left = first(boxes[4 * g], grid.stride());
    int top = first(boxes[4 * g + 1], grid.stride());
    int right = Math.min(first(boxes[4 * g + 2], grid.stride()), grid.width());
    int bottom = Math.min(first(boxes[4 * g + 3], grid.stride()), grid.height());
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        int cell = y * grid.width() + x;
        if (cells[cell] != NONE && width * height < areas[cell]) {
          areas[cell] = width * height;
          cells[cell] = truth.labels()[g];
        }
      }
    }
  }

  /** The first cell whose corner pixel's centre is at or beyond an edge. */
  private static int first(double edge, int stride) {
    return (int) Math.max(0, Math.ceil((edge - 0.5) / stride));
  }
}
