package dev.lectern.detector.box;

import java.util.Arrays;

/**
 * The (prior, class) pairs of an image that may become detections: value, prior and label of each,
 * and its box once it has one. Parallel arrays that grow.
 */
final class Candidates {
  /** What the values are; both rank alike. */
  enum Values {
    /** Class values. */
    LOGITS,
    /** Scores from 0 to 1. */
    SCORES
  }

  private final Values kind;
  private float[] values = new float[256];
  private int[] priors = new int[256];
  private int[] labels = new int[256];
  private float[] boxes = new float[0];
  private int size;

  Candidates(Values kind) {
    this.kind = kind;
  }

  /**
   * Those of a level whose value exceeds a threshold.
   *
   * @param kind of threshold and values
   * @param cls (A * K, cells), anchor-major
   * @param anchors A
   * @param classes K
   */
  static Candidates above(Values kind, float threshold, float[] cls, int anchors, int classes) {
    Candidates found = new Candidates(kind);
    int cells = cls.length / (anchors * classes);
    int i = 0;
    for (int a = 0; a < anchors; a++) {
      for (int k = 0; k < classes; k++) {
        for (int cell = 0; cell < cells; cell++, i++) {
          if (cls[i] > threshold) {
            found.add(cls[i], cell * anchors + a, k);
          }
        }
      }
    }
    return found;
  }

  private void add(float value, int prior, int label) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
      priors = Arrays.copyOf(priors, 2 * size);
      labels = Arrays.copyOf(labels, 2 * size);
    }
    values[size] = value;
    priors[size] = prior;
    labels[size] = label;
    size++;
  }

  /**
   * Takes over one of another level's candidates, with its box clipped to the canvas, unless
   * nothing of the box is on it.
   *
   * @param box x1, y1, x2, y2 in pixels
   */
  void add(Candidates level, int index, double[] box, float canvasWidth, float canvasHeight) {
    add(
        level.values[index],
        level.priors[index],
        level.labels[index],
        box,
        canvasWidth,
        canvasHeight);
  }

  /**
   * Takes a pair with its box clipped to the canvas, unless nothing of the box is on it.
   *
   * @param box x1, y1, x2, y2 in pixels
   */
  void add(float value, int prior, int label, double[] box, float canvasWidth, float canvasHeight) {
    float x1 = clipped(box[0], canvasWidth);
    float y1 = clipped(box[1], canvasHeight);
    float x2 = clipped(box[2], canvasWidth);
    float y2 = clipped(box[3], canvasHeight);
    if (!(x2 > x1 && y2 > y1)) {
      return;
    }
    add(value, prior, label);
    if (boxes.length < 4 * size) {
      boxes = Arrays.copyOf(boxes, 4 * values.length);
    }
    int at = 4 * (size - 1);
    boxes[at] = x1;
    boxes[at + 1] = y1;
    boxes[at + 2] = x2;
    boxes[at + 3] = y2;
  }

  private static float clipped(double side, float limit) {
    return Math.min(Math.max((float) side, 0), limit);
  }

  /** The candidates with the largest values, all of them when there are no more than limit. */
  Candidates best(int limit) {
    if (size <= limit) {
      return this;
    }
    float[] sorted = Arrays.copyOf(values, size);
    Arrays.sort(sorted);
    float smallest = sorted[size - limit];
    int above = 0;
    for (int i = 0; i < size; i++) {
      above += values[i] > smallest ? 1 : 0;
    }
    int ties = limit - above;
    Candidates best = new Candidates(kind);
    for (int i = 0; i < size; i++) {
      if (values[i] > smallest || (values[i] == smallest && ties-- > 0)) {
        best.add(values[i], priors[i], labels[i]);
      }
    }
    return best;
  }

  /**
   * Scores instead of class logits.
   *
   * @param quality (priors) logit of each prior's quality, whose probability multiplies the class's
   */
  Candidates times(float[] quality, int anchors) {
    Candidates scored = new Candidates(Values.SCORES);
    int cells = quality.length / anchors;
    for (int i = 0; i < size; i++) {
      float logit = quality[priors[i] % anchors * cells + priors[i] / anchors];
      scored.add((float) (sigmoid(values[i]) * sigmoid(logit)), priors[i], labels[i]);
    }
    return scored;
  }

  /** Those whose value exceeds a threshold. */
  Candidates above(float threshold) {
    Candidates found = new Candidates(kind);
    for (int i = 0; i < size; i++) {
      if (values[i] > threshold) {
        found.add(values[i], priors[i], labels[i]);
      }
    }
    return found;
  }

  private static double sigmoid(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }

  int size() {
    return size;
  }

  /** Index of a candidate's prior in its level. */
  int prior(int index) {
    return priors[index];
  }

  /** What stays after suppression per class, in order of falling score. */
  int[] suppressed(double iouThreshold, int limit) {
    return NonMaximumSuppression.keep(
        Arrays.copyOf(boxes, 4 * size),
        Arrays.copyOf(values, size),
        Arrays.copyOf(labels, size),
        iouThreshold,
        limit);
  }

  /** A candidate as a detection. */
  Detection detection(int index) {
    return new Detection(
        labels[index],
        kind == Values.SCORES ? values[index] : (float) sigmoid(values[index]),
        boxes[4 * index],
        boxes[4 * index + 1],
        boxes[4 * index + 2],
        boxes[4 * index + 3]);
  }
}
