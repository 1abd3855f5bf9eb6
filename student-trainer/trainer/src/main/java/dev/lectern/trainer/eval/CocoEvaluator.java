package dev.lectern.trainer.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * COCO detection metrics for boxes, equal to pycocotools' {@code COCOeval} with its default
 * parameters: ten overlap thresholds 0.50 to 0.95, 101 recall points, at most 1, 10 and 100
 * detections per image and category.
 *
 * <p>One difference on purpose: pycocotools takes an annotation whose id is 0 for "no match" and so
 * counts a right detection of it as wrong; here annotation ids play no part.
 */
public final class CocoEvaluator {
  static final int[] MAX_DETECTIONS = {1, 10, 100};
  private static final int AT_50 = 0;
  private static final int AT_75 = 5;
  private static final double[] THRESHOLDS = thresholds();
  private static final double[] RECALL_POINTS = recallPoints();

  private CocoEvaluator() {}

  /**
   * Measures detections against the ground truth.
   *
   * @param detections in any order; equal scores keep this order
   * @throws IllegalArgumentException if a detection names an unknown image or category or has a
   *     score that is not a number
   */
  public static CocoMetrics evaluate(GroundTruthSet truth, List<Detection> detections) {
    Measured measured = measure(truth, detections);
    return CocoMetrics.of(measured.categories, THRESHOLDS, measured.precision, measured.recall);
  }

  /**
   * Precision over recall of each category, by rising id.
   *
   * @throws IllegalArgumentException as {@link #evaluate}
   */
  public static List<PrecisionRecall> curves(GroundTruthSet truth, List<Detection> detections) {
    Measured measured = measure(truth, detections);
    List<PrecisionRecall> curves = new ArrayList<>();
    for (int k = 0; k < measured.categories.size(); k++) {
      Category category = measured.categories.get(k);
      curves.add(
          new PrecisionRecall(
              category.id(), category.name(), measured.curve(AT_50, k), measured.curve(AT_75, k)));
    }
    return curves;
  }

  /**
   * @param categories by rising id
   * @param precision [threshold][recall point][category][area range][limit]
   * @param recall [threshold][category][area range][limit]
   */
  private record Measured(
      List<Category> categories, double[][][][][] precision, double[][][][] recall) {
    List<Double> curve(int threshold, int category) {
      return Arrays.stream(precision[threshold])
          .map(point -> point[category][AreaRange.ALL.ordinal()][MAX_DETECTIONS.length - 1])
          .toList();
    }
  }

  private static Measured measure(GroundTruthSet truth, List<Detection> detections) {
    List<Category> categories = new ArrayList<>(truth.categories());
    categories.sort(Comparator.comparingLong(Category::id));
    long[] images = truth.imageIds().stream().mapToLong(Long::longValue).sorted().toArray();
    Map<Cell, List<TruthBox>> objectsByCell = new HashMap<>();
    for (TruthBox object : truth.objects()) {
      objectsByCell
          .computeIfAbsent(
              new Cell(object.imageId(), object.categoryId()), cell -> new ArrayList<>())
          .add(object);
    }
    Map<Cell, List<Detection>> detectionsByCell = group(detections, images, categories);

    AreaRange[] ranges = AreaRange.values();
    double[][][][][] precision =
        new double[THRESHOLDS.length][RECALL_POINTS.length][categories.size()][ranges.length]
            [MAX_DETECTIONS.length];
    double[][][][] recall =
        new double[THRESHOLDS.length][categories.size()][ranges.length][MAX_DETECTIONS.length];
    for (int k = 0; k < categories.size(); k++) {
      List<List<ImageMatches>> matches = new ArrayList<>();
      for (int a = 0; a < ranges.length; a++) {
        matches.add(new ArrayList<>());
      }
      for (long image : images) {
        Cell cell = new Cell(image, categories.get(k).id());
        List<TruthBox> objects = objectsByCell.getOrDefault(cell, List.of());
        List<Detection> seen = detectionsByCell.getOrDefault(cell, List.of());
        if (objects.isEmpty() && seen.isEmpty()) {
          continue;
        }
        double[][] overlaps = overlaps(seen, objects);
        for (int a = 0; a < ranges.length; a++) {
          matches.get(a).add(ImageMatches.of(seen, objects, overlaps, THRESHOLDS, ranges[a]));
        }
      }
      for (int a = 0; a < ranges.length; a++) {
        for (int m = 0; m < MAX_DETECTIONS.length; m++) {
          Curve curve = Curve.of(matches.get(a), MAX_DETECTIONS[m]);
          for (int t = 0; t < THRESHOLDS.length; t++) {
            recall[t][k][a][m] = curve.recall(t);
            double[] points = curve.precisionAt(t, RECALL_POINTS);
            for (int r = 0; r < RECALL_POINTS.length; r++) {
              precision[t][r][k][a][m] = points[r];
            }
          }
        }
      }
    }
    return new Measured(categories, precision, recall);
  }

  private static Map<Cell, List<Detection>> group(
      List<Detection> detections, long[] images, List<Category> categories) {
    long[] categoryIds = categories.stream().mapToLong(Category::id).toArray();
    Map<Cell, List<Detection>> byCell = new HashMap<>();
    for (int i = 0; i < detections.size(); i++) {
      Detection detection = detections.get(i);
      if (Arrays.binarySearch(images, detection.imageId()) < 0) {
        throw new IllegalArgumentException(
            "detection " + i + ": image id " + detection.imageId() + " is not among the images");
      }
      if (Arrays.binarySearch(categoryIds, detection.categoryId()) < 0) {
        throw new IllegalArgumentException(
            "detection "
                + i
                + ": category id "
                + detection.categoryId()
                + " is not among the categories");
      }
      if (Double.isNaN(detection.score())) {
        throw new IllegalArgumentException("detection " + i + ": score is not a number");
      }
      byCell
          .computeIfAbsent(
              new Cell(detection.imageId(), detection.categoryId()), cell -> new ArrayList<>())
          .add(detection);
    }
    int max = MAX_DETECTIONS[MAX_DETECTIONS.length - 1];
    byCell.replaceAll(
        (cell, seen) ->
            seen.stream()
                .sorted(Comparator.comparingDouble((Detection d) -> -d.score()))
                .limit(max)
                .toList());
    return byCell;
  }

  private static double[][] overlaps(List<Detection> detections, List<TruthBox> objects) {
    double[][] overlaps = new double[detections.size()][objects.size()];
    for (int d = 0; d < detections.size(); d++) {
      Box box = detections.get(d).box();
      for (int g = 0; g < objects.size(); g++) {
        TruthBox object = objects.get(g);
        overlaps[d][g] = object.crowd() ? box.shareInside(object.box()) : box.overlap(object.box());
      }
    }
    return overlaps;
  }

  private static double[] thresholds() {
    double[] values = new double[10];
    for (int i = 0; i < 9; i++) {
      values[i] = i * ((0.95 - 0.5) / 9) + 0.5;
    }
    values[9] = 0.95;
    return values;
  }

  private static double[] recallPoints() {
    double[] values = new double[101];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.01;
    }
    return values;
  }

  private record Cell(long imageId, long categoryId) {}
}
