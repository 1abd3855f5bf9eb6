package dev.lectern.detector.prior;

import java.util.Arrays;
import java.util.List;

/**
 * The priors of a detector with one prior per cell: a centre and a square anchor around it.
 *
 * <p>Immutable; compute once per input size. Position indices run over all levels.
 */
public final class PriorGrid {
  private final List<LevelGrid> levels;
  private final double gridOffset;
  private final int[] starts;
  private final float[] centres;
  private final float[] anchors;

  /**
   * @param levels fine to coarse
   * @param gridOffset centre = (cell + gridOffset) * stride
   * @param octaveBaseScale side of the square anchor in strides: GFL 8, NanoDet 5
   */
  public PriorGrid(List<LevelGrid> levels, double gridOffset, double octaveBaseScale) {
    this.levels = List.copyOf(levels);
    this.gridOffset = gridOffset;
    this.starts = new int[levels.size() + 1];
    for (int l = 0; l < levels.size(); l++) {
      starts[l + 1] = starts[l] + levels.get(l).cells();
    }
    this.anchors = AnchorGenerator.square(octaveBaseScale, gridOffset).anchors(levels);
    this.centres = new float[positions() * 2];
    int at = 0;
    for (LevelGrid level : levels) {
      for (int y = 0; y < level.height(); y++) {
        for (int x = 0; x < level.width(); x++) {
          centres[at++] = (float) ((x + gridOffset) * level.stride());
          centres[at++] = (float) ((y + gridOffset) * level.stride());
        }
      }
    }
  }

  /**
   * The grid of an input of the given size when each level has ceil(size / stride) cells.
   *
   * @param height pixels
   * @param width pixels
   */
  public static List<LevelGrid> levels(int height, int width, int... strides) {
    return Arrays.stream(strides)
        .mapToObj(s -> new LevelGrid(s, (height + s - 1) / s, (width + s - 1) / s))
        .toList();
  }

  /** Levels, fine to coarse. */
  public List<LevelGrid> levels() {
    return levels;
  }

  /** Centre = (cell + gridOffset) * stride. */
  public double gridOffset() {
    return gridOffset;
  }

  /** Number of positions over all levels, R. */
  public int positions() {
    return starts[levels.size()];
  }

  /** Index of the first position of a level; {@code start(levels().size())} is R. */
  public int start(int level) {
    return starts[level];
  }

  /** Positions per level. */
  public int[] levelCounts() {
    return levels.stream().mapToInt(LevelGrid::cells).toArray();
  }

  /** The level that holds a position. */
  public int levelOf(int position) {
    int found = Arrays.binarySearch(starts, position);
    return found >= 0 ? found : -found - 2;
  }

  /** Horizontal centre in pixels. */
  public float centreX(int position) {
    return centres[2 * position];
  }

  /** Vertical centre in pixels. */
  public float centreY(int position) {
    return centres[2 * position + 1];
  }

  /** Square anchors (R, 4), xyxy pixels; a copy. */
  public float[] anchors() {
    return anchors.clone();
  }
}
