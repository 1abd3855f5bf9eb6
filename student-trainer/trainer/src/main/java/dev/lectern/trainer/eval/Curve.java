package dev.lectern.trainer.eval;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Precision against recall over all images, for one category, one area range and one limit of
 * detections.
 */
final class Curve {
  /** Stands for "no ground truth", as in pycocotools. */
  static final double NONE = -1;

  private static final double TINY = Math.ulp(1.0);

  private final boolean[][] matched;
  private final boolean[][] ignored;
  private final int objects;

  private Curve(boolean[][] matched, boolean[][] ignored, int objects) {
    this.matched = matched;
    this.ignored = ignored;
    this.objects = objects;
  }

  /**
   * Joins the images' detections in order of falling score; equal scores keep the order of the
   * images.
   */
  static Curve of(List<ImageMatches> images, int maxDetections) {
    int objects = images.stream().mapToInt(ImageMatches::counted).sum();
    int[] kept =
        images.stream().mapToInt(i -> Math.min(maxDetections, i.scores().length)).toArray();
    int total = Arrays.stream(kept).sum();
    double[] scores = new double[total];
    int[] image = new int[total];
    int[] place = new int[total];
    int next = 0;
    for (int i = 0; i < kept.length; i++) {
      for (int d = 0; d < kept[i]; d++) {
        scores[next] = images.get(i).scores()[d];
        image[next] = i;
        place[next++] = d;
      }
    }
    int[] order =
        IntStream.range(0, total)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer j) -> -scores[j]))
            .mapToInt(Integer::intValue)
            .toArray();
    int thresholds = images.isEmpty() ? 0 : images.get(0).matched().length;
    boolean[][] matched = new boolean[thresholds][total];
    boolean[][] ignored = new boolean[thresholds][total];
    for (int t = 0; t < thresholds; t++) {
      for (int j = 0; j < total; j++) {
        ImageMatches from = images.get(image[order[j]]);
        matched[t][j] = from.matched()[t][place[order[j]]];
        ignored[t][j] = from.ignored()[t][place[order[j]]];
      }
    }
    return new Curve(matched, ignored, objects);
  }

  /** The share of the objects that was found, or {@link #NONE} when there is none. */
  double recall(int threshold) {
    if (objects == 0) {
      return NONE;
    }
    int right = 0;
    for (int j = 0; j < matched[threshold].length; j++) {
      if (matched[threshold][j] && !ignored[threshold][j]) {
        right++;
      }
    }
    return (double) right / objects;
  }

  /**
   * The best precision at or beyond each recall; 0 where a recall is never reached, {@link #NONE}
   * everywhere when there is no object.
   */
  double[] precisionAt(int threshold, double[] recallPoints) {
    double[] points = new double[recallPoints.length];
    if (objects == 0) {
      Arrays.fill(points, NONE);
      return points;
    }
    int n = matched[threshold].length;
    double[] recall = new double[n];
    double[] precision = new double[n];
    int right = 0;
    int wrong = 0;
    for (int j = 0; j < n; j++) {
      if (!ignored[threshold][j]) {
        if (matched[threshold][j]) {
          right++;
        } else {
          wrong++;
        }
      }
      recall[j] = (double) right / objects;
      precision[j] = right / (wrong + right + TINY);
    }
    for (int j = n - 1; j > 0; j--) {
      precision[j - 1] = Math.max(precision[j - 1], precision[j]);
    }
    int j = 0;
    for (int r = 0; r < points.length && j < n; r++) {
      while (j < n && recall[j] < recallPoints[r]) {
        j++;
      }
      if (j < n) {
        points[r] = precision[j];
      }
    }
    return points;
  }
}
