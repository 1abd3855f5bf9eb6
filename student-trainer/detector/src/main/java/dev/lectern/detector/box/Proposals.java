package dev.lectern.detector.box;

import dev.lectern.detector.prior.PriorGrid;
import java.util.Arrays;
import java.util.List;

/**
 * The boxes of one image that may show objects, in order of falling score.
 *
 * @param boxes (P, 4) xyxy pixels
 * @param scores (P) probability of an object
 */
public record Proposals(float[] boxes, float[] scores) {
  /**
   * Which boxes are proposed.
   *
   * @param perLevel best scores of a level that are looked at
   * @param iou overlap with a better one of its level above which a box is dropped
   * @param count at most so many of all levels
   * @param minSide pixels; a box needs longer sides
   */
  public record Limits(int perLevel, double iou, int count, double minSide) {}

  /** Number of boxes, P. */
  public int count() {
    return scores.length;
  }

  /**
   * Proposals of one image.
   *
   * @param logits per level (A, H, W) objectness
   * @param deltas per level (A * 4, H, W)
   * @param priors anchors that the deltas are about
   * @param coder of the deltas
   * @param width pixels, to which boxes are clipped
   * @param height pixels
   */
  public static Proposals of(
      List<float[]> logits,
      List<float[]> deltas,
      PriorGrid priors,
      DeltaCoder coder,
      Limits limits,
      double width,
      double height) {
    float[] boxes = new float[4 * 1024];
    float[] scores = new float[1024];
    int[] levels = new int[1024];
    int size = 0;
    int anchors = priors.anchorsPerCell();
    for (int level = 0; level < logits.size(); level++) {
      int cells = priors.levels().get(level).cells();
      float[] own = rowMajor(logits.get(level), cells, anchors);
      int[] order = NonMaximumSuppression.byFallingScore(own);
      for (int i = 0; i < Math.min(order.length, limits.perLevel()); i++) {
        int prior = order[i];
        float[] box = decoded(deltas.get(level), priors, level, prior, coder, width, height);
        if (box[2] - box[0] > limits.minSide() && box[3] - box[1] > limits.minSide()) {
          if (size == scores.length) {
            boxes = Arrays.copyOf(boxes, 8 * size);
            scores = Arrays.copyOf(scores, 2 * size);
            levels = Arrays.copyOf(levels, 2 * size);
          }
          System.arraycopy(box, 0, boxes, 4 * size, 4);
          scores[size] = own[prior];
          levels[size++] = level;
        }
      }
    }
    return kept(
        Arrays.copyOf(boxes, 4 * size),
        Arrays.copyOf(scores, size),
        Arrays.copyOf(levels, size),
        limits);
  }

  private static Proposals kept(float[] boxes, float[] scores, int[] levels, Limits limits) {
    int[] kept = NonMaximumSuppression.keep(boxes, scores, levels, limits.iou(), limits.count());
    float[] best = new float[4 * kept.length];
    float[] probabilities = new float[kept.length];
    for (int i = 0; i < kept.length; i++) {
      System.arraycopy(boxes, 4 * kept[i], best, 4 * i, 4);
      probabilities[i] = (float) (1 / (1 + Math.exp(-scores[kept[i]])));
    }
    return new Proposals(best, probabilities);
  }

  /** (A, cells) as (cells * A): the order of priors. */
  private static float[] rowMajor(float[] map, int cells, int anchors) {
    if (anchors == 1) {
      return map;
    }
    float[] rows = new float[map.length];
    for (int a = 0; a < anchors; a++) {
      for (int cell = 0; cell < cells; cell++) {
        rows[cell * anchors + a] = map[a * cells + cell];
      }
    }
    return rows;
  }

  private static float[] decoded(
      float[] deltas,
      PriorGrid priors,
      int level,
      int prior,
      DeltaCoder coder,
      double width,
      double height) {
    int cells = priors.levels().get(level).cells();
    int anchors = priors.anchorsPerCell();
    int first = prior % anchors * 4 * cells + prior / anchors;
    double[] of = new double[4];
    for (int e = 0; e < 4; e++) {
      of[e] = deltas[first + e * cells];
    }
    double[] box = coder.decode(priors.anchor(priors.start(level) + prior), of);
    return new float[] {
      clipped(box[0], width),
      clipped(box[1], height),
      clipped(box[2], width),
      clipped(box[3], height)
    };
  }

  private static float clipped(double value, double limit) {
    return (float) Math.min(Math.max(value, 0), limit);
  }
}
