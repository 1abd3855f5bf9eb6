package dev.lectern.detector.box;

import java.util.Arrays;

/**
 * The (prior, class) pairs of an image that may become detections: class logit, prior and label of
 * each, and its box once it has one. Parallel arrays that grow.
 */
final class Candidates {
  private float[] logits = new float[256];
  private int[] priors = new int[256];
  private int[] labels = new int[256];
  private float[] boxes = new float[0];
  private int size;

  /**
   * Those of a level whose logit exceeds a threshold.
   *
   * @param cls (A * K, cells), anchor-major
   * @param anchors A
   * @param classes K
   */
  static Candidates above(float threshold, float[] cls, int anchors, int classes) {
    Candidates found = new Candidates();
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

  private void add(float logit, int prior, int label) {
    if (size == logits.length) {
      logits = Arrays.copyOf(logits, 2 * size);
      priors = Arrays.copyOf(priors, 2 * size);
      labels = Arrays.copyOf(labels, 2 * size);
    }
    logits[size] = logit;
    priors[size] = prior;
    labels[size] = label;
    size++;
  }

  /**
   * Takes over one of another level's candidates, with its box clipped to the canvas.
   *
   * @param box x1, y1, x2, y2 in pixels
   */
  void add(Candidates level, int index, double[] box, float canvasWidth, float canvasHeight) {
    add(level.logits[index], level.priors[index], level.labels[index]);
    if (boxes.length < 4 * size) {
      boxes = Arrays.copyOf(boxes, 4 * logits.length);
    }
    for (int side = 0; side < 4; side++) {
      float limit = side % 2 == 0 ? canvasWidth : canvasHeight;
      boxes[4 * (size - 1) + side] = Math.min(Math.max((float) box[side], 0), limit);
    }
  }

  /** The candidates with the largest logits, all of them when there are no more than limit. */
  Candidates best(int limit) {
    if (size <= limit) {
      return this;
    }
    float[] sorted = Arrays.copyOf(logits, size);
    Arrays.sort(sorted);
    float smallest = sorted[size - limit];
    int above = 0;
    for (int i = 0; i < size; i++) {
      above += logits[i] > smallest ? 1 : 0;
    }
    int ties = limit - above;
    Candidates best = new Candidates();
    for (int i = 0; i < size; i++) {
      if (logits[i] > smallest || (logits[i] == smallest && ties-- > 0)) {
        best.add(logits[i], priors[i], labels[i]);
      }
    }
    return best;
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
        Arrays.copyOf(logits, size),
        Arrays.copyOf(labels, size),
        iouThreshold,
        limit);
  }

  /** A candidate as a detection. */
  Detection detection(int index) {
    return new Detection(
        labels[index],
        (float) (1 / (1 + Math.exp(-logits[index]))),
        boxes[4 * index],
        boxes[4 * index + 1],
        boxes[4 * index + 2],
        boxes[4 * index + 3]);
  }
}
