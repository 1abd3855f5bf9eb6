package dev.lectern.detector.pixel;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How well pixels are classified, each figure 0 to 1, or -1 where there is no pixel to measure
 * with.
 *
 * <pre>
 *   IoU_k = n_kk / (Σ_j n_kj + Σ_j n_jk - n_kk)      accuracy_k = n_kk / Σ_j n_kj
 *   n_kj: pixels of class k that were taken for class j
 * </pre>
 *
 * <p>Long et al. 2015 (arXiv:1411.4038), section 5. Means are over the classes that have a pixel:
 * in truth or prediction for the IoU, in truth for the accuracy.
 *
 * @param miou mean IoU
 * @param meanAccuracy mean of the classes' accuracies
 * @param pixelAccuracy share of all pixels whose class is right
 * @param pixels that were counted
 * @param perClass in label order
 */
@JsonPropertyOrder({"mIoU", "meanAccuracy", "pixelAccuracy", "pixels", "perClass"})
public record SegmentationMetrics(
    @JsonProperty("mIoU") double miou,
    @JsonProperty("meanAccuracy") double meanAccuracy,
    @JsonProperty("pixelAccuracy") double pixelAccuracy,
    @JsonProperty("pixels") long pixels,
    @JsonProperty("perClass") List<ClassFigures> perClass) {
  private static final double NONE = -1;

  /**
   * The figures of one class.
   *
   * @param name of the class
   * @param iou -1 where no pixel is of the class or taken for it
   * @param accuracy -1 where no pixel is of the class
   */
  public record ClassFigures(
      @JsonProperty("name") String name,
      @JsonProperty("IoU") double iou,
      @JsonProperty("accuracy") double accuracy) {}

  static SegmentationMetrics of(List<String> names, long[][] counts) {
    List<ClassFigures> figures = new ArrayList<>();
    long right = 0;
    long all = 0;
    for (int k = 0; k < counts.length; k++) {
      long truth = 0;
      long found = 0;
      for (int j = 0; j < counts.length; j++) {
        truth += counts[k][j];
        found += counts[j][k];
      }
      long hit = counts[k][k];
      long union = truth + found - hit;
      right += hit;
      all += truth;
      figures.add(new ClassFigures(names.get(k), share(hit, union), share(hit, truth)));
    }
    return new SegmentationMetrics(
        mean(figures.stream().mapToDouble(ClassFigures::iou).toArray()),
        mean(figures.stream().mapToDouble(ClassFigures::accuracy).toArray()),
        share(right, all),
        all,
        List.copyOf(figures));
  }

  private static double share(long part, long whole) {
    return whole == 0 ? NONE : (double) part / whole;
  }

  private static double mean(double[] figures) {
    double sum = 0;
    int count = 0;
    for (double figure : figures) {
      if (figure != NONE) {
        sum += figure;
        count++;
      }
    }
    return count == 0 ? NONE : sum / count;
  }

  /** One line for each figure, then one for each class, without a final line break. */
  public String summary() {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                " mIoU = %.3f%n mean accuracy = %.3f%n pixel accuracy = %.3f (%d pixels)",
                miou,
                meanAccuracy,
                pixelAccuracy,
                pixels));
    for (ClassFigures figure : perClass) {
      text.append(
          String.format(
              Locale.ROOT,
              "%n %-20s IoU %6.3f  accuracy %6.3f",
              figure.name(),
              figure.iou(),
              figure.accuracy()));
    }
    return text.toString();
  }
}
