package dev.lectern.detector.prior;

import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.record.CellAnchors;
import dev.lectern.schemas.record.TeacherPriors;
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
    this(levels, generator.centreOffset(), generator.anchorsPerCell(), generator.anchors(levels));
  }

  private static int[] starts(List<LevelGrid> levels, int anchorsPerCell) {
    int[] starts = new int[levels.size() + 1];
    for (int l = 0; l < levels.size(); l++) {
      starts[l + 1] = starts[l] + anchorsPerCell * levels.get(l).cells();
    }
    return starts;
  }

  private static float[] centres(List<LevelGrid> levels, int anchorsPerCell, double gridOffset) {
    float[] centres = new float[2 * starts(levels, anchorsPerCell)[levels.size()]];
    int at = 0;
    for (LevelGrid level : levels) {
      for (int i = 0; i < anchorsPerCell * level.cells(); i++) {
        int cell = i / anchorsPerCell;
        centres[at++] = (float) ((cell % level.width() + gridOffset) * level.stride());
        centres[at++] = (float) ((cell / level.width() + gridOffset) * level.stride());
      }
    }
    return centres;
  }

  private PriorGrid(
      List<LevelGrid> levels, double gridOffset, int anchorsPerCell, float[] anchors) {
    this.levels = List.copyOf(levels);
    this.gridOffset = gridOffset;
    this.anchorsPerCell = anchorsPerCell;
    this.starts = starts(levels, anchorsPerCell);
    this.anchors = anchors;
    this.centres = centres(levels, anchorsPerCell, gridOffset);
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
   * The priors that a descriptor states.
   *
   * @param levels fine to coarse
   * @throws IllegalArgumentException if it has anchors of another number of levels
   */
  public static PriorGrid of(List<LevelGrid> levels, TeacherPriors priors) {
    CellAnchors cell = priors.getAnchors();
    if (cell == null) {
      return points(levels, priors.getGridOffset());
    }
    if (cell.getSizes().size() != levels.size()) {
      throw new IllegalArgumentException(
          "priors.anchors.sizes: found "
              + cell.getSizes().size()
              + " levels, expected "
              + levels.size());
    }
    int perCell = cell.getSizes().get(0).size() * cell.getRatios().size();
    float[] anchors = new float[4 * starts(levels, perCell)[levels.size()]];
    int at = 0;
    for (int l = 0; l < levels.size(); l++) {
      double[] halves = halfSizes(cell.getSizes().get(l), cell.getRatios(), cell.getRounded());
      at = write(levels.get(l), priors.getGridOffset(), halves, anchors, at);
    }
    return new PriorGrid(levels, priors.getGridOffset(), perCell, anchors);
  }

  /**
   * The same priors where the view is larger or smaller; sides that are rounded stay rounded here.
   *
   * @param scaled these levels with their strides there
   */
  public PriorGrid on(List<LevelGrid> scaled) {
    float[] own = new float[anchors.length];
    for (int level = 0; level < levels.size(); level++) {
      double factor = (double) scaled.get(level).stride() / levels.get(level).stride();
      for (int i = 4 * start(level); i < 4 * start(level + 1); i++) {
        own[i] = (float) (factor * anchors[i]);
      }
    }
    return new PriorGrid(scaled, gridOffset, anchorsPerCell, own);
  }

  /** The priors of some of the levels, in this order. */
  public PriorGrid onLevels(List<Integer> chosen) {
    List<LevelGrid> some = chosen.stream().map(levels::get).toList();
    float[] own = new float[4 * starts(some, anchorsPerCell)[some.size()]];
    int at = 0;
    for (int level : chosen) {
      System.arraycopy(anchors, 4 * start(level), own, at, 4 * count(level));
      at += 4 * count(level);
    }
    return new PriorGrid(some, gridOffset, anchorsPerCell, own);
  }

  /** The positions of some of the levels, level after level. */
  public int[] positionsOf(List<Integer> chosen) {
    return chosen.stream()
        .flatMapToInt(level -> IntStream.range(start(level), start(level + 1)))
        .toArray();
  }

  /** Half width and half height of each anchor of a cell, ratio-major. */
  private static double[] halfSizes(List<Double> sizes, List<Double> ratios, boolean rounded) {
    double[] halves = new double[2 * sizes.size() * ratios.size()];
    int at = 0;
    for (double ratio : ratios) {
      for (double size : sizes) {
        double halfWidth = size / Math.sqrt(ratio) / 2;
        double halfHeight = size * Math.sqrt(ratio) / 2;
        halves[at++] = rounded ? Math.rint(halfWidth) : halfWidth;
        halves[at++] = rounded ? Math.rint(halfHeight) : halfHeight;
      }
    }
    return halves;
  }

  private static int write(
      LevelGrid level, double gridOffset, double[] halves, float[] anchors, int from) {
    int at = from;
    for (int cell = 0; cell < level.cells(); cell++) {
      double cx = (cell % level.width() + gridOffset) * level.stride();
      double cy = (cell / level.width() + gridOffset) * level.stride();
      for (int a = 0; a < halves.length; a += 2) {
        anchors[at++] = (float) (cx - halves[a]);
        anchors[at++] = (float) (cy - halves[a + 1]);
        anchors[at++] = (float) (cx + halves[a]);
        anchors[at++] = (float) (cy + halves[a + 1]);
      }
    }
    return at;
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
        .map(s -> new LevelGrid(s, Level.cells(height, s), Level.cells(width, s)))
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

  /** Pixels per cell of the level that holds a position. */
  public int strideOf(int position) {
    return levels.get(levelOf(position)).stride();
  }

  /**
   * Centres of some positions.
   *
   * @return (M, 2), each in strides of its level
   */
  public float[] centresInStrides(int[] positions) {
    float[] some = new float[2 * positions.length];
    for (int m = 0; m < positions.length; m++) {
      int stride = strideOf(positions[m]);
      some[2 * m] = centres[2 * positions[m]] / stride;
      some[2 * m + 1] = centres[2 * positions[m] + 1] / stride;
    }
    return some;
  }

  /**
   * Width and height of the anchors of some positions.
   *
   * @return (M, 2), each in strides of its level
   */
  public float[] sizesInStrides(int[] positions) {
    float[] some = new float[2 * positions.length];
    for (int m = 0; m < positions.length; m++) {
      int stride = strideOf(positions[m]);
      int at = 4 * positions[m];
      some[2 * m] = (anchors[at + 2] - anchors[at]) / stride;
      some[2 * m + 1] = (anchors[at + 3] - anchors[at + 1]) / stride;
    }
    return some;
  }

  /** The anchor at a position, x1, y1, x2, y2 in pixels. */
  public double[] anchor(int position) {
    double[] anchor = new double[4];
    for (int e = 0; e < 4; e++) {
      anchor[e] = anchors[4 * position + e];
    }
    return anchor;
  }

  /** Anchors (R, 4), xyxy pixels; a copy. */
  public float[] anchors() {
    return anchors.clone();
  }
}
