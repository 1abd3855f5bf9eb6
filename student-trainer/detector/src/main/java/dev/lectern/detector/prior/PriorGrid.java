package dev.lectern.detector.prior;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The priors of a detector: A anchors at each cell of each level, around one centre.
 *
 * <p>Immutable; compute once per input size. Position indices run over all levels; inside a level
 * over rows, columns, and the anchors of a cell.
 */
public final class PriorGrid {
  private final List<LevelGrid> levels;
  private final double gridOffset;
  private final int anchorsPerCell;
  private final int[] starts;
  private final float[] centres;
  private final float[] anchors;

  /**
   * @param levels fine to coarse
   * @param generator of the anchors; its offset is that of the centres
   */
  public PriorGrid(List<LevelGrid> levels, AnchorGenerator generator) {
    this.levels = List.copyOf(levels);
    this.gridOffset = generator.centreOffset();
    this.anchorsPerCell = generator.anchorsPerCell();
    this.starts = new int[levels.size() + 1];
    for (int l = 0; l < levels.size(); l++) {
      starts[l + 1] = starts[l] + anchorsPerCell * levels.get(l).cells();
    }
    this.anchors = generator.anchors(levels);
    this.centres = new float[positions() * 2];
    int at = 0;
    for (LevelGrid level : levels) {
      for (int i = 0; i < anchorsPerCell * level.cells(); i++) {
        int cell = i / anchorsPerCell;
        centres[at++] = (float) ((cell % level.width() + gridOffset) * level.stride());
        centres[at++] = (float) ((cell / level.width() + gridOffset) * level.stride());
      }
    }
  }

  /**
   * One square anchor per cell.
   *
   * @param levels fine to coarse
   * @param gridOffset centre = (cell + gridOffset) * stride
   * @param octaveBaseScale side of the square in strides
   */
  public PriorGrid(List<LevelGrid> levels, double gridOffset, double octaveBaseScale) {
    this(levels, AnchorGenerator.square(octaveBaseScale, gridOffset));
  }

  /** One point per cell, for boxes that no anchor takes part in; its anchor is the cell's size. */
  public static PriorGrid points(List<LevelGrid> levels, double gridOffset) {
    return new PriorGrid(levels, gridOffset, 1);
  }

  /**
   * The grids of an input of the given size when each level has ceil(size / stride) cells.
   *
   * @param height pixels
   * @param width pixels
   * @param strides fine to coarse
   */
  public static List<LevelGrid> levels(int height, int width, List<Integer> strides) {
    return strides.stream()
        .map(s -> new LevelGrid(s, (height + s - 1) / s, (width + s - 1) / s))
        .toList();
  }

  /** The same for strides one by one. */
  public static List<LevelGrid> levels(int height, int width, int... strides) {
    return levels(height, width, Arrays.stream(strides).boxed().toList());
  }

  /** Levels, fine to coarse. */
  public List<LevelGrid> levels() {
    return levels;
  }

  /** Centre = (cell + gridOffset) * stride. */
  public double gridOffset() {
    return gridOffset;
  }

  /** Anchors per cell, A. */
  public int anchorsPerCell() {
    return anchorsPerCell;
  }

  /** Number of positions over all levels, R. */
  public int positions() {
    return starts[levels.size()];
  }

  /** Index of the first position of a level; {@code start(levels().size())} is R. */
  public int start(int level) {
    return starts[level];
  }

  /** Positions of a level. */
  public int count(int level) {
    return starts[level + 1] - starts[level];
  }

  /** Positions per level. */
  public int[] levelCounts() {
    return IntStream.range(0, levels.size()).map(this::count).toArray();
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

  /** Anchors (R, 4), xyxy pixels; a copy. */
  public float[] anchors() {
    return anchors.clone();
  }
}
