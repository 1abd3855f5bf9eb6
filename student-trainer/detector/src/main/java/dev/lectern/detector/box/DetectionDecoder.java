package dev.lectern.detector.box;

import dev.lectern.detector.prior.LevelGrid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns the logits of a head with class scores and box distributions into detections.
 *
 * <p>Every (position, class) pair whose probability exceeds the score threshold is a candidate; the
 * best ones of each level are decoded, clipped to the canvas, suppressed per class, and the best of
 * all are returned in order of falling score. Stateless; safe for several threads.
 */
public final class DetectionDecoder {

  /**
   * Limits of decoding.
   *
   * @param scoreThreshold a candidate's probability is strictly greater, in (0, 1)
   * @param nmsIou overlap above which the weaker box of a class is dropped
   * @param perLevel candidates kept per level before suppression
   * @param limit detections per image
   */
  public record Limits(double scoreThreshold, double nmsIou, int perLevel, int limit) {
    /** Score above 0.05, IoU 0.6, 1000 candidates per level, 100 detections. */
    public static final Limits DEFAULT = new Limits(0.05, 0.6, 1000, 100);

    /** Refuses a threshold outside (0, 1) and empty limits. */
    public Limits {
      if (!(scoreThreshold > 0 && scoreThreshold < 1) || perLevel < 1 || limit < 1) {
        throw new IllegalArgumentException(
            "score threshold "
                + scoreThreshold
                + ", "
                + perLevel
                + " per level, "
                + limit
                + " in all: expected a threshold in (0, 1) and limits of at least 1");
      }
    }
  }

  private final int classes;
  private final int bins;
  private final double gridOffset;
  private final Limits limits;
  private final float logitThreshold;

  /**
   * @param classes K
   * @param bins number of bins per edge
   * @param gridOffset prior centre = (cell + gridOffset) * stride
   */
  public DetectionDecoder(int classes, int bins, double gridOffset, Limits limits) {
    if (classes < 1 || bins < 2) {
      throw new IllegalArgumentException(
          classes + " classes and " + bins + " bins: expected at least 1 and 2");
    }
    this.classes = classes;
    this.bins = bins;
    this.gridOffset = gridOffset;
    this.limits = limits;
    this.logitThreshold = (float) Math.log(limits.scoreThreshold() / (1 - limits.scoreThreshold()));
  }

  /**
   * Detections of one image.
   *
   * @param levels fine to coarse
   * @param canvasWidth pixels; boxes are clipped to [0, canvasWidth]
   * @param canvasHeight pixels
   * @throws IllegalArgumentException if a map has not the size that its grid says
   */
  public List<Detection> decode(List<LevelLogits> levels, float canvasWidth, float canvasHeight) {
    Candidates all = new Candidates();
    for (LevelLogits level : levels) {
      check(level);
      Candidates best = candidates(level).best(limits.perLevel());
      for (int i = 0; i < best.size; i++) {
        all.add(best.logits[i], best.cells[i], best.labels[i]);
        all.box(decodeBox(level, best.cells[i], canvasWidth, canvasHeight));
      }
    }
    float[] boxes = Arrays.copyOf(all.boxes, 4 * all.size);
    float[] logits = Arrays.copyOf(all.logits, all.size);
    int[] labels = Arrays.copyOf(all.labels, all.size);
    int[] kept = NonMaximumSuppression.keep(boxes, logits, labels, limits.nmsIou(), limits.limit());
    List<Detection> detections = new ArrayList<>(kept.length);
    for (int i : kept) {
      detections.add(
          new Detection(
              labels[i],
              (float) (1 / (1 + Math.exp(-logits[i]))),
              boxes[4 * i],
              boxes[4 * i + 1],
              boxes[4 * i + 2],
              boxes[4 * i + 3]));
    }
    return detections;
  }

  private void check(LevelLogits level) {
    int cells = level.grid().cells();
    if (level.cls().length != classes * cells || level.dist().length != 4 * bins * cells) {
      throw new IllegalArgumentException(
          "level of stride "
              + level.grid().stride()
              + ": "
              + level.cls().length
              + " class and "
              + level.dist().length
              + " distribution logits, expected "
              + classes * cells
              + " ("
              + classes
              + " classes) and "
              + 4 * bins * cells
              + " (4 x "
              + bins
              + " bins) for "
              + level.grid().height()
              + "x"
              + level.grid().width()
              + " cells");
    }
  }

  private Candidates candidates(LevelLogits level) {
    Candidates found = new Candidates();
    float[] cls = level.cls();
    int cells = level.grid().cells();
    for (int k = 0, i = 0; k < classes; k++) {
      for (int p = 0; p < cells; p++, i++) {
        if (cls[i] > logitThreshold) {
          found.add(cls[i], p, k);
        }
      }
    }
    return found;
  }

  private float[] decodeBox(LevelLogits level, int cell, float canvasWidth, float canvasHeight) {
    LevelGrid grid = level.grid();
    int cells = grid.cells();
    double[] distances = new double[4];
    for (int e = 0; e < 4; e++) {
      distances[e] =
          DistanceCoder.expectation(level.dist(), e * bins * cells + cell, cells, bins)
              * grid.stride();
    }
    double cx = (cell % grid.width() + gridOffset) * grid.stride();
    double cy = (cell / grid.width() + gridOffset) * grid.stride();
    return new float[] {
      clip(cx - distances[0], canvasWidth),
      clip(cy - distances[1], canvasHeight),
      clip(cx + distances[2], canvasWidth),
      clip(cy + distances[3], canvasHeight)
    };
  }

  private static float clip(double value, float limit) {
    return Math.min(Math.max((float) value, 0), limit);
  }

  /** Growing parallel arrays; the number of candidates is not known beforehand. */
  private static final class Candidates {
    private float[] logits = new float[256];
    private int[] cells = new int[256];
    private int[] labels = new int[256];
    private float[] boxes = new float[0];
    private int size;

    void add(float logit, int cell, int label) {
      if (size == logits.length) {
        logits = Arrays.copyOf(logits, 2 * size);
        cells = Arrays.copyOf(cells, 2 * size);
        labels = Arrays.copyOf(labels, 2 * size);
      }
      logits[size] = logit;
      cells[size] = cell;
      labels[size] = label;
      size++;
    }

    void box(float[] box) {
      if (boxes.length < 4 * size) {
        boxes = Arrays.copyOf(boxes, 4 * logits.length);
      }
      System.arraycopy(box, 0, boxes, 4 * (size - 1), 4);
    }

    /** The candidates with the largest logits, all of them when there are no more than limit. */
    Candidates best(int limit) {
      if (size <= limit) {
        return this;
      }
      float[] sorted = Arrays.copyOf(logits, size);
      Arrays.sort(sorted);
      float least = sorted[size - limit];
      int above = 0;
      for (int i = 0; i < size; i++) {
        above += logits[i] > least ? 1 : 0;
      }
      int ties = limit - above;
      Candidates best = new Candidates();
      for (int i = 0; i < size; i++) {
        if (logits[i] > least || (logits[i] == least && ties-- > 0)) {
          best.add(logits[i], cells[i], labels[i]);
        }
      }
      return best;
    }
  }
}
