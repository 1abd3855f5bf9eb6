package dev.lectern.trainer.assign;

import dev.lectern.detector.box.CompleteOverlap;
import dev.lectern.detector.region.Assignment;
import java.util.Arrays;

/**
 * Task-aligned assignment as YOLOv8 uses it (after TOOD, arXiv:2108.07755, section 3.2): the
 * student's own scores and boxes decide.
 *
 * <pre>
 *   m = score_of_class^α · o^β    o = max(0, CIoU(box, prediction)), both only at points inside the box
 *   positives of a box = its topk points with m > 0; a contested point goes to the box with the largest o
 *   target score = m · (largest o of the box) / (largest m of the box + ε), over the box's positives
 * </pre>
 *
 * @param topk points per box, published 10
 * @param alpha exponent of the score, published 0.5
 * @param beta exponent of the overlap, published 6
 */
public record TaskAlignedAssigner(int topk, double alpha, double beta) {
  private static final double EPSILON = 1e-9;

  /**
   * Targets of one image.
   *
   * @param objects (R) index of the box, or {@link Assignment#BACKGROUND}
   * @param scores (R) target score of the box's class; 0 on background
   */
  public record Targets(int[] objects, float[] scores) {}

  /**
   * Assigns the points of one image.
   *
   * @param scores (R, K) probabilities of the student
   * @param predictions (R, 4) boxes of the student, xyxy
   * @param points (R, 2)
   * @param truth boxes in the same unit
   */
  public Targets assign(float[] scores, float[] predictions, float[] points, GroundTruth truth) {
    int positions = points.length / 2;
    int count = truth.count();
    int classes = positions == 0 ? 0 : scores.length / positions;
    double[][] overlaps = new double[count][positions];
    double[][] metrics = new double[count][positions];
    boolean[][] positive = new boolean[count][positions];
    for (int g = 0; g < count; g++) {
      for (int i = 0; i < positions; i++) {
        if (isInside(points, i, truth.boxes(), g)) {
          double score = scores[i * classes + truth.labels()[g]];
          double o = Math.max(0, CompleteOverlap.of(truth.boxes(), g, predictions, i));
          overlaps[g][i] = o;
          metrics[g][i] = Math.pow(score, alpha) * Math.pow(o, beta);
        }
      }
      choose(metrics[g], positive[g]);
    }
    int[] objects = settle(positive, overlaps, positions);
    return new Targets(objects, targetScores(objects, metrics, overlaps));
  }

  /** Marks the topk positions with the largest metric above 0. */
  private void choose(double[] metrics, boolean[] positive) {
    for (int k = 0; k < topk; k++) {
      int best = -1;
      for (int i = 0; i < metrics.length; i++) {
        if (metrics[i] > 0 && !positive[i] && (best < 0 || metrics[i] > metrics[best])) {
          best = i;
        }
      }
      if (best < 0) {
        return;
      }
      positive[best] = true;
    }
  }

  private static int[] settle(boolean[][] positive, double[][] overlaps, int positions) {
    int[] objects = new int[positions];
    Arrays.fill(objects, Assignment.BACKGROUND);
    for (int i = 0; i < positions; i++) {
      int claims = 0;
      int widest = 0;
      for (int g = 0; g < positive.length; g++) {
        if (positive[g][i]) {
          claims++;
          objects[i] = g;
        }
        widest = overlaps[g][i] > overlaps[widest][i] ? g : widest;
      }
      if (claims > 1) {
        objects[i] = widest;
      }
    }
    return objects;
  }

  private static float[] targetScores(int[] objects, double[][] metrics, double[][] overlaps) {
    double[] largestMetric = new double[metrics.length];
    double[] largestOverlap = new double[metrics.length];
    for (int i = 0; i < objects.length; i++) {
      int g = objects[i];
      if (g != Assignment.BACKGROUND) {
        largestMetric[g] = Math.max(largestMetric[g], metrics[g][i]);
        largestOverlap[g] = Math.max(largestOverlap[g], overlaps[g][i]);
      }
    }
    float[] scores = new float[objects.length];
    for (int i = 0; i < objects.length; i++) {
      int g = objects[i];
      if (g != Assignment.BACKGROUND) {
        scores[i] = (float) (metrics[g][i] * largestOverlap[g] / (largestMetric[g] + EPSILON));
      }
    }
    return scores;
  }

  private static boolean isInside(float[] points, int i, float[] boxes, int g) {
    double x = points[2 * i];
    double y = points[2 * i + 1];
    return x - boxes[4 * g] > EPSILON
        && y - boxes[4 * g + 1] > EPSILON
        && boxes[4 * g + 2] - x > EPSILON
        && boxes[4 * g + 3] - y > EPSILON;
  }
}
