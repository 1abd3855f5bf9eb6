package dev.lectern.trainer.eval;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The twelve COCO figures, each 0 to 1, or -1 where there is no ground truth to measure with; and
 * their parts.
 *
 * <p>Written as JSON the keys are AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl,
 * then {@code perThreshold} and {@code perCategory}.
 *
 * @param ap average precision over overlaps 0.50 to 0.95
 * @param ap50 average precision at overlap 0.50
 * @param ap75 average precision at overlap 0.75
 * @param apSmall AP of objects up to 32 x 32 pixels
 * @param apMedium AP of objects between 32 x 32 and 96 x 96 pixels
 * @param apLarge AP of objects from 96 x 96 pixels
 * @param ar1 average recall with one detection per image and category
 * @param ar10 average recall with ten
 * @param ar100 average recall with a hundred
 * @param arSmall ar100 of small objects
 * @param arMedium ar100 of medium objects
 * @param arLarge ar100 of large objects
 * @param perThreshold AP by overlap threshold, "0.50" to "0.95"
 * @param perCategory by rising category id
 */
@JsonPropertyOrder({
  "AP",
  "AP50",
  "AP75",
  "APs",
  "APm",
  "APl",
  "AR1",
  "AR10",
  "AR100",
  "ARs",
  "ARm",
  "ARl",
  "perThreshold",
  "perCategory"
})
public record CocoMetrics(
    @JsonProperty("AP") double ap,
    @JsonProperty("AP50") double ap50,
    @JsonProperty("AP75") double ap75,
    @JsonProperty("APs") double apSmall,
    @JsonProperty("APm") double apMedium,
    @JsonProperty("APl") double apLarge,
    @JsonProperty("AR1") double ar1,
    @JsonProperty("AR10") double ar10,
    @JsonProperty("AR100") double ar100,
    @JsonProperty("ARs") double arSmall,
    @JsonProperty("ARm") double arMedium,
    @JsonProperty("ARl") double arLarge,
    @JsonProperty("perThreshold") Map<String, Double> perThreshold,
    @JsonProperty("perCategory") List<CategoryMetrics> perCategory)
    implements MeasuredFigures {

  @Override
  public double main() {
    return ap;
  }

  @Override
  public String name() {
    return "AP";
  }

  @Override
  public Map<String, Double> headline() {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("ap", ap);
    figures.put("ap50", ap50);
    figures.put("ap75", ap75);
    return figures;
  }

  private static final int AT_50 = 0;
  private static final int AT_75 = 5;
  private static final int HUNDRED = 2;

  /**
   * @param precision [threshold][recall point][category][area range][limit]
   * @param recall [threshold][category][area range][limit]
   */
  static CocoMetrics of(
      List<Category> categories,
      double[] thresholds,
      double[][][][][] precision,
      double[][][][] recall) {
    Figures figures = new Figures(thresholds.length, categories.size(), precision, recall);
    Map<String, Double> perThreshold = new LinkedHashMap<>();
    for (int t = 0; t < thresholds.length; t++) {
      perThreshold.put(
          String.format(Locale.ROOT, "%.2f", thresholds[t]),
          figures.precision(t, Figures.EVERY, AreaRange.ALL));
    }
    List<CategoryMetrics> perCategory = new ArrayList<>();
    for (int k = 0; k < categories.size(); k++) {
      perCategory.add(
          new CategoryMetrics(
              categories.get(k).id(),
              categories.get(k).name(),
              figures.precision(Figures.EVERY, k, AreaRange.ALL),
              figures.precision(AT_50, k, AreaRange.ALL),
              figures.precision(AT_75, k, AreaRange.ALL),
              figures.recall(k, AreaRange.ALL, HUNDRED)));
    }
    return new CocoMetrics(
        figures.precision(Figures.EVERY, Figures.EVERY, AreaRange.ALL),
        figures.precision(AT_50, Figures.EVERY, AreaRange.ALL),
        figures.precision(AT_75, Figures.EVERY, AreaRange.ALL),
        figures.precision(Figures.EVERY, Figures.EVERY, AreaRange.SMALL),
        figures.precision(Figures.EVERY, Figures.EVERY, AreaRange.MEDIUM),
        figures.precision(Figures.EVERY, Figures.EVERY, AreaRange.LARGE),
        figures.recall(Figures.EVERY, AreaRange.ALL, 0),
        figures.recall(Figures.EVERY, AreaRange.ALL, 1),
        figures.recall(Figures.EVERY, AreaRange.ALL, HUNDRED),
        figures.recall(Figures.EVERY, AreaRange.SMALL, HUNDRED),
        figures.recall(Figures.EVERY, AreaRange.MEDIUM, HUNDRED),
        figures.recall(Figures.EVERY, AreaRange.LARGE, HUNDRED),
        Collections.unmodifiableMap(perThreshold),
        List.copyOf(perCategory));
  }

  /** Twelve lines in the layout of pycocotools' summary, without a final line break. */
  @Override
  public String summary() {
    return String.join(
        "\n",
        line("Average Precision", "AP", "0.50:0.95", "all", 100, ap),
        line("Average Precision", "AP", "0.50", "all", 100, ap50),
        line("Average Precision", "AP", "0.75", "all", 100, ap75),
        line("Average Precision", "AP", "0.50:0.95", "small", 100, apSmall),
        line("Average Precision", "AP", "0.50:0.95", "medium", 100, apMedium),
        line("Average Precision", "AP", "0.50:0.95", "large", 100, apLarge),
        line("Average Recall", "AR", "0.50:0.95", "all", 1, ar1),
        line("Average Recall", "AR", "0.50:0.95", "all", 10, ar10),
        line("Average Recall", "AR", "0.50:0.95", "all", 100, ar100),
        line("Average Recall", "AR", "0.50:0.95", "small", 100, arSmall),
        line("Average Recall", "AR", "0.50:0.95", "medium", 100, arMedium),
        line("Average Recall", "AR", "0.50:0.95", "large", 100, arLarge));
  }

  private static String line(
      String title, String kind, String overlap, String area, int limit, double value) {
    return String.format(
        Locale.ROOT,
        " %-18s (%s) @[ IoU=%-9s | area=%6s | maxDets=%3d ] = %.3f",
        title,
        kind,
        overlap,
        area,
        limit,
        value);
  }

  /** Averages over what has ground truth. */
  private record Figures(
      int thresholds, int categories, double[][][][][] precision, double[][][][] recall) {
    static final int EVERY = -1;

    double precision(int threshold, int category, AreaRange range) {
      Mean mean = new Mean();
      for (int t = 0; t < thresholds; t++) {
        if (threshold != EVERY && threshold != t) {
          continue;
        }
        for (double[][][] point : precision[t]) {
          for (int k = 0; k < categories; k++) {
            if (category == EVERY || category == k) {
              mean.add(point[k][range.ordinal()][HUNDRED]);
            }
          }
        }
      }
      return mean.value();
    }

    double recall(int category, AreaRange range, int limit) {
      Mean mean = new Mean();
      for (int t = 0; t < thresholds; t++) {
        for (int k = 0; k < categories; k++) {
          if (category == EVERY || category == k) {
            mean.add(recall[t][k][range.ordinal()][limit]);
          }
        }
      }
      return mean.value();
    }
  }

  private static final class Mean {
    private double sum;
    private long count;

    void add(double value) {
      if (value > Curve.NONE) {
        sum += value;
        count++;
      }
    }

    double value() {
      return count == 0 ? Curve.NONE : sum / count;
    }
  }
}
