package dev.lectern.trainer.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Average precision of one category as the Pascal VOC challenge defines it (Everingham et al. 2010,
 * section 4.2).
 *
 * <p>Boxes are pixel-inclusive: each side counts one pixel more than the difference of its ends. A
 * detection is right if the object it overlaps most is reached and not taken before. "Difficult"
 * objects are not known here.
 */
public final class PascalVocEvaluator {
  /** How the precision-recall curve becomes one number. */
  public enum Interpolation {
    /**
     * Mean of the best precision at recall 0.0, 0.1, ..., 1.0 (until VOC 2009). The points are
     * multiples of the double 0.1, as in the reference tool: 6 * 0.1 is a little more than 0.6, so
     * a recall of exactly 9 of 15 does not reach it.
     */
    ELEVEN_POINTS,
    /** Area under the falling envelope of the curve (from VOC 2010 on). */
    EVERY_POINT
  }

  private PascalVocEvaluator() {}

  /**
   * Measures one category.
   *
   * @param truth objects of all images and categories
   * @param detections of all images and categories; equal scores keep this order
   * @param categoryId the category to measure
   * @param threshold min overlap of a right detection, 0 to 1
   * @return 0 to 1; 0 if the category has no object
   */
  public static double averagePrecision(
      GroundTruthSet truth,
      List<Detection> detections,
      long categoryId,
      double threshold,
      Interpolation interpolation) {
    Map<Long, List<TruthBox>> objects = new HashMap<>();
    int total = 0;
    for (TruthBox object : truth.objects()) {
      if (object.categoryId() == categoryId) {
        objects.computeIfAbsent(object.imageId(), image -> new ArrayList<>()).add(object);
        total++;
      }
    }
    if (total == 0) {
      return 0;
    }
    List<Detection> sorted =
        detections.stream()
            .filter(detection -> detection.categoryId() == categoryId)
            .sorted(Comparator.comparingDouble((Detection d) -> -d.score()))
            .toList();
    double[] recall = new double[sorted.size()];
    double[] precision = new double[sorted.size()];
    Set<TruthPlace> taken = new HashSet<>();
    int right = 0;
    for (int i = 0; i < sorted.size(); i++) {
      Detection detection = sorted.get(i);
      List<TruthBox> candidates = objects.getOrDefault(detection.imageId(), List.of());
      int best = -1;
      double reach = 0;
      for (int g = 0; g < candidates.size(); g++) {
        double overlap = overlap(detection.box(), candidates.get(g).box());
        if (overlap > reach) {
          reach = overlap;
          best = g;
        }
      }
      if (best >= 0 && reach >= threshold && taken.add(new TruthPlace(detection.imageId(), best))) {
        right++;
      }
      recall[i] = (double) right / total;
      precision[i] = (double) right / (i + 1);
    }
    return interpolation == Interpolation.ELEVEN_POINTS
        ? elevenPoints(recall, precision)
        : everyPoint(recall, precision);
  }

  private static double elevenPoints(double[] recall, double[] precision) {
    double sum = 0;
    for (int point = 0; point <= 10; point++) {
      double best = 0;
      for (int i = 0; i < recall.length; i++) {
        if (recall[i] >= point * 0.1) {
          best = Math.max(best, precision[i]);
        }
      }
      sum += best;
    }
    return sum / 11;
  }

  private static double everyPoint(double[] recall, double[] precision) {
    double area = 0;
    double best = 0;
    for (int i = recall.length - 1; i >= 0; i--) {
      best = Math.max(best, precision[i]);
      area += (recall[i] - (i == 0 ? 0 : recall[i - 1])) * best;
    }
    return area;
  }

  private static double overlap(Box a, Box b) {
    double w = Math.min(a.x() + a.width(), b.x() + b.width()) - Math.max(a.x(), b.x()) + 1;
    double h = Math.min(a.y() + a.height(), b.y() + b.height()) - Math.max(a.y(), b.y()) + 1;
    if (w <= 0 || h <= 0) {
      return 0;
    }
    double shared = w * h;
    double areas = (a.width() + 1) * (a.height() + 1) + (b.width() + 1) * (b.height() + 1);
    return shared / (areas - shared);
  }

  private record TruthPlace(long imageId, int object) {}
}
