package dev.lectern.detector.region;

import dev.lectern.detector.box.Overlap;
import java.util.Arrays;

/**
 * Adaptive training sample selection (arXiv:1912.02424, algorithm 1).
 *
 * <pre>
 *   candidates of box g = on each level the topk anchors whose centre is nearest to g's
 *   threshold of g      = mean + standard deviation (n - 1) of their IoU with g
 *   positive            = candidate, IoU ≥ threshold, centre inside g by more than 0.01 pixels
 * </pre>
 *
 * <p>An anchor claimed by several boxes goes to the one with the largest IoU. Equal distances
 * prefer the lower index. A lone candidate has deviation 0.
 *
 * @param topk candidates per level; levels with fewer anchors give them all
 */
public record AtssAssigner(int topk) {
  private static final double INSIDE = 0.01;

  /** Nine candidates per level. */
  public static final AtssAssigner DEFAULT = new AtssAssigner(9);

  /** Refuses an empty candidate set. */
  public AtssAssigner {
    if (topk < 1) {
      throw new IllegalArgumentException("topk is " + topk + ", expected at least 1");
    }
  }

  /**
   * Assigns the anchors of one image.
   *
   * @param anchors (R, 4) xyxy, levels concatenated
   * @param levelCounts anchors per level
   * @param boxes (G, 4) xyxy, same unit
   */
  public Assignment assign(float[] anchors, int[] levelCounts, float[] boxes) {
    int positions = anchors.length / 4;
    if (Arrays.stream(levelCounts).sum() != positions) {
      throw new IllegalArgumentException(
          positions + " anchors, but the levels hold " + Arrays.toString(levelCounts));
    }
    int count = boxes.length / 4;
    int[] objects = new int[positions];
    Arrays.fill(objects, Assignment.BACKGROUND);
    float[] overlaps = new float[positions];
    Arrays.fill(overlaps, -1);
    double[] best = new double[positions];
    double[] thresholds = new double[count];
    for (int g = 0; g < count; g++) {
      int[] candidates = candidates(anchors, levelCounts, boxes, g);
      double[] ious = new double[candidates.length];
      for (int c = 0; c < candidates.length; c++) {
        ious[c] = Overlap.IOU.of(anchors, candidates[c], boxes, g);
      }
      thresholds[g] = meanPlusDeviation(ious);
      for (int c = 0; c < candidates.length; c++) {
        int i = candidates[c];
        if (ious[c] >= thresholds[g]
            && centreInside(anchors, i, boxes, g)
            && (objects[i] == Assignment.BACKGROUND || ious[c] > best[i])) {
          objects[i] = g;
          best[i] = ious[c];
          overlaps[i] = (float) ious[c];
        }
      }
    }
    return new Assignment(objects, overlaps, thresholds);
  }

  private int[] candidates(float[] anchors, int[] levelCounts, float[] boxes, int g) {
    int[] chosen = new int[levelCounts.length * topk];
    int size = 0;
    int start = 0;
    for (int levelCount : levelCounts) {
      int room = Math.min(topk, levelCount);
      size = nearest(anchors, start, start + levelCount, boxes, g, chosen, size, room);
      start += levelCount;
    }
    return Arrays.copyOf(chosen, size);
  }

  private static int nearest(
      float[] anchors, int from, int to, float[] boxes, int g, int[] chosen, int at, int room) {
    double gx = ((double) boxes[4 * g] + boxes[4 * g + 2]) / 2;
    double gy = ((double) boxes[4 * g + 1] + boxes[4 * g + 3]) / 2;
    double[] squared = new double[room];
    int held = 0;
    for (int i = from; i < to; i++) {
      double dx = centreX(anchors, i) - gx;
      double dy = centreY(anchors, i) - gy;
      double distance = dx * dx + dy * dy;
      if (held == room && distance >= squared[room - 1]) {
        continue;
      }
      int slot = held < room ? held++ : room - 1;
      while (slot > 0 && squared[slot - 1] > distance) {
        squared[slot] = squared[slot - 1];
        chosen[at + slot] = chosen[at + slot - 1];
        slot--;
      }
      squared[slot] = distance;
      chosen[at + slot] = i;
    }
    return at + room;
  }

  private static double meanPlusDeviation(double[] values) {
    double mean = Arrays.stream(values).average().orElse(0);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return values.length < 2 ? mean : mean + Math.sqrt(squares / (values.length - 1));
  }

  private static boolean centreInside(float[] anchors, int i, float[] boxes, int g) {
    double x = centreX(anchors, i);
    double y = centreY(anchors, i);
    return x - boxes[4 * g] > INSIDE
        && y - boxes[4 * g + 1] > INSIDE
        && boxes[4 * g + 2] - x > INSIDE
        && boxes[4 * g + 3] - y > INSIDE;
  }

  private static double centreX(float[] anchors, int i) {
    return ((double) anchors[4 * i] + anchors[4 * i + 2]) / 2;
  }

  private static double centreY(float[] anchors, int i) {
    return ((double) anchors[4 * i + 1] + anchors[4 * i + 3]) / 2;
  }
}
