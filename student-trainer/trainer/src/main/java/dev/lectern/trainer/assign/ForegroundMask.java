package dev.lectern.trainer.assign;

import dev.lectern.detector.prior.LevelGrid;
import java.util.Arrays;
import java.util.List;

/**
 * Boxes drawn onto the cells of the one level that each belongs to (DeFeat, arXiv:2103.14475,
 * section 3.1, in the form of its public code).
 *
 * <pre>
 *   level = floor( log2( sqrt((w + 1)(h + 1)) / 56 + 1e-6 ) ), clamped to the levels
 *   cells = int(x1/s) .. int(x2/s) - 1, likewise in y, cut to the map; one cell where that is empty
 * </pre>
 */
public final class ForegroundMask {
  private static final double BASE_SIDE = 56;

  private ForegroundMask() {}

  /** The level that a box belongs to, 0 the finest. */
  public static int levelOf(float[] boxes, int g, int levels) {
    double w = (double) boxes[4 * g + 2] - boxes[4 * g] + 1;
    double h = (double) boxes[4 * g + 3] - boxes[4 * g + 1] + 1;
    double level = Math.floor(Math.log(Math.sqrt(w * h) / BASE_SIDE + 1e-6) / Math.log(2));
    return (int) Math.min(Math.max(level, 0), levels - 1);
  }

  /** The boxes that belong to a level. */
  public static float[] boxesOf(int level, float[] boxes, int levels) {
    float[] own = new float[boxes.length];
    int size = 0;
    for (int g = 0; g < boxes.length / 4; g++) {
      if (levelOf(boxes, g, levels) == level) {
        System.arraycopy(boxes, 4 * g, own, size, 4);
        size += 4;
      }
    }
    return Arrays.copyOf(own, size);
  }

  /**
   * The covered cells of one image.
   *
   * @param levels fine to coarse
   * @param boxes (G, 4) xyxy pixels
   * @return per level (H * W)
   */
  public static boolean[][] cells(List<LevelGrid> levels, float[] boxes) {
    boolean[][] covered = new boolean[levels.size()][];
    for (int l = 0; l < covered.length; l++) {
      covered[l] = new boolean[levels.get(l).cells()];
    }
    for (int g = 0; g < boxes.length / 4; g++) {
      int level = levelOf(boxes, g, covered.length);
      draw(levels.get(level), boxes, g, covered[level]);
    }
    return covered;
  }

  private static void draw(LevelGrid grid, float[] boxes, int g, boolean[] covered) {
    int left = cell(boxes[4 * g], grid.stride(), grid.width() - 1);
    int top = cell(boxes[4 * g + 1], grid.stride(), grid.height() - 1);
    int right = cell(boxes[4 * g + 2], grid.stride(), grid.width());
    int bottom = cell(boxes[4 * g + 3], grid.stride(), grid.height());
    if (right <= left || bottom <= top) {
      covered[top * grid.width() + left] = true;
      return;
    }
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        covered[y * grid.width() + x] = true;
      }
    }
  }

  private static int cell(double pixel, int stride, int last) {
    return Math.min(Math.max((int) (pixel / stride), 0), last);
  }
}
