package dev.lectern.trainer.family.reppoints;

import dev.lectern.detector.region.Assignment;
import java.util.Arrays;

/**
 * Assignment of the nearest points of one level, the first stage of RepPoints (arXiv:1904.11490,
 * section 4.2).
 *
 * <pre>
 *   level of a box = int( (log2(w / scale) + log2(h / scale)) / 2 ), clamped to the levels
 *   distance       = ‖(point - centre) / (w, h)‖;  a point keeps the nearer box
 * </pre>
 *
 * @param scale side in strides of a box that belongs to level 0
 * @param count points per box
 */
public record PointAssigner(double scale, int count) {

  /**
   * Assigns the points of one image.
   *
   * @param points (R, 3) x, y, stride; strides are powers of two
   * @param boxes (G, 4) xyxy
   * @return (R) index of the box, or {@link Assignment#BACKGROUND}
   */
  public int[] assign(float[] points, float[] boxes) {
    int positions = points.length / 3;
    int[] objects = new int[positions];
    Arrays.fill(objects, Assignment.BACKGROUND);
    double[] nearest = new double[positions];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    int[] levels = new int[positions];
    for (int i = 0; i < positions; i++) {
      levels[i] = (int) Math.round(log2(points[3 * i + 2]));
    }
    int finest = Arrays.stream(levels).min().orElse(0);
    int coarsest = Arrays.stream(levels).max().orElse(0);
    for (int g = 0; g < boxes.length / 4; g++) {
      double w = Math.max(boxes[4 * g + 2] - boxes[4 * g], 1e-6);
      double h = Math.max(boxes[4 * g + 3] - boxes[4 * g + 1], 1e-6);
      int level = (int) ((log2(w / scale) + log2(h / scale)) / 2);
      level = Math.min(Math.max(level, finest), coarsest);
      double cx = ((double) boxes[4 * g] + boxes[4 * g + 2]) / 2;
      double cy = ((double) boxes[4 * g + 1] + boxes[4 * g + 3]) / 2;
      double[] distances = new double[positions];
      for (int i = 0; i < positions; i++) {
        distances[i] =
            levels[i] == level
                ? Math.hypot((points[3 * i] - cx) / w, (points[3 * i + 1] - cy) / h)
                : Double.POSITIVE_INFINITY;
      }
      claim(g, distances, objects, nearest);
    }
    return objects;
  }

  private void claim(int box, double[] distances, int[] objects, double[] nearest) {
    for (int k = 0; k < count; k++) {
      int best = 0;
      for (int i = 1; i < distances.length; i++) {
        best = distances[i] < distances[best] ? i : best;
      }
      if (distances[best] < nearest[best]) {
        nearest[best] = distances[best];
        objects[best] = box;
      }
      distances[best] = Double.POSITIVE_INFINITY;
    }
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }
}
