package dev.lectern.detector.box;

import java.util.Arrays;

/**
 * Greedy non-maximum suppression: in order of falling score a box is kept unless a kept box of the
 * same class overlaps it by more than the threshold.
 */
public final class NonMaximumSuppression {
  private NonMaximumSuppression() {}

  /**
   * Suppression among boxes of the same label.
   *
   * @param boxes (M, 4) xyxy
   * @param scores (M)
   * @param labels (M); boxes with different labels never suppress each other
   * @param iouThreshold a box is dropped when its IoU with a kept one is strictly greater
   * @param limit at most so many are kept
   * @return kept indices in order of falling score; equal scores keep the lower index first
   */
  public static int[] keep(
      float[] boxes, float[] scores, int[] labels, double iouThreshold, int limit) {
    if (boxes.length != 4 * scores.length || labels.length != scores.length) {
      throw new IllegalArgumentException(
          boxes.length
              + " box coordinates, "
              + scores.length
              + " scores, "
              + labels.length
              + " labels: expected four coordinates and one label per score");
    }
    int[] order = byFallingScore(scores);
    int[] kept = new int[Math.min(order.length, limit)];
    int count = 0;
    for (int candidate : order) {
      if (count == kept.length) {
        break;
      }
      if (!suppressed(candidate, boxes, labels, iouThreshold, kept, count)) {
        kept[count++] = candidate;
      }
    }
    return Arrays.copyOf(kept, count);
  }

  /** Suppression among all boxes, whatever their class. */
  public static int[] keep(float[] boxes, float[] scores, double iouThreshold, int limit) {
    return keep(boxes, scores, new int[scores.length], iouThreshold, limit);
  }

  private static boolean suppressed(
      int candidate, float[] boxes, int[] labels, double iouThreshold, int[] kept, int count) {
    for (int k = 0; k < count; k++) {
      if (labels[kept[k]] == labels[candidate]
          && Overlap.IOU.of(boxes, kept[k], boxes, candidate) > iouThreshold) {
        return true;
      }
    }
    return false;
  }

  /**
   * Indices in order of falling score; equal scores keep the lower index first, and what is not a
   * number comes last.
   */
  public static int[] byFallingScore(float[] scores) {
    long[] keys = new long[scores.length];
    for (int i = 0; i < keys.length; i++) {
      int bits = Float.floatToIntBits(scores[i]);
      int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      int falling = Float.isNaN(scores[i]) ? Integer.MAX_VALUE : ~ascending;
      keys[i] = ((long) falling << Integer.SIZE) | i;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
  }
}
