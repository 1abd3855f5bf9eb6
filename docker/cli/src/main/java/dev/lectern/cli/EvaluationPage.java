package dev.lectern.cli;

import dev.lectern.report.LineChart;
import dev.lectern.report.Page;
import dev.lectern.report.Tone;
import dev.lectern.trainer.eval.CategoryMetrics;
import dev.lectern.trainer.eval.CocoEvaluator;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.eval.ConfusionMatrix;
import dev.lectern.trainer.eval.Detection;
import dev.lectern.trainer.eval.GroundTruthSet;
import dev.lectern.trainer.eval.PrecisionRecall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Lays out what was measured: COCO's figures, classes, precision over recall, confusions. */
final class EvaluationPage {
  /** Points of a curve: recall 0, 0.01, ... 1. */
  private static final int RECALLS = 101;

  private EvaluationPage() {}

  /**
   * The page.
   *
   * @param title what was measured, on what
   * @param command that writes the page
   */
  static Page of(String title, String command, GroundTruthSet truth, List<Detection> detections) {
    CocoMetrics metrics = CocoEvaluator.evaluate(truth, detections);
    List<PrecisionRecall> curves =
        CocoEvaluator.curves(truth, detections).stream()
            .filter(curve -> curve.at50().get(0) >= 0)
            .toList();
    Page page = new Page(title, command);
    page.table(
        List.of("AP", "AP50", "AP75", "small", "medium", "large", "AR100"),
        List.of(
            List.of(
                figure(metrics.ap()),
                figure(metrics.ap50()),
                figure(metrics.ap75()),
                figure(metrics.apSmall()),
                figure(metrics.apMedium()),
                figure(metrics.apLarge()),
                figure(metrics.ar100()))));
    page.heading("Precision over recall");
    page.key(key());
    page.wide(List.of(mean(curves)));
    page.narrow(curves.stream().map(EvaluationPage::chart).toList());
    page.heading("Classes")
        .table(
            List.of("class", "AP", "AP50", "AP75", "AR100"),
            metrics.perCategory().stream()
                .filter(of -> of.ap() >= 0)
                .map(EvaluationPage::row)
                .toList());
    ConfusionMatrix confusion = ConfusionMatrix.of(truth, detections);
    page.heading("Confusions")
        .paragraph(
            String.format(
                Locale.ROOT,
                "Objects and detections with a score of at least %.2f, paired at an IoU of at least"
                    + " %.2f whatever their classes.",
                confusion.score(),
                confusion.overlap()))
        .table(
            List.of("annotated", "boxes", "detected as"),
            confusion.rows().stream()
                .map(row -> List.of(row.annotated(), Long.toString(row.boxes()), detected(row)))
                .toList());
    return page;
  }

  private static Map<Tone, String> key() {
    Map<Tone, String> names = new LinkedHashMap<>();
    names.put(Tone.TEACHER, "IoU 0.50");
    names.put(Tone.DISTILLED, "IoU 0.75");
    return names;
  }

  private static LineChart mean(List<PrecisionRecall> curves) {
    return chart(
        "mean of " + curves.size() + (curves.size() == 1 ? " class" : " classes"),
        mean(curves, PrecisionRecall::at50),
        mean(curves, PrecisionRecall::at75));
  }

  private static double[] mean(
      List<PrecisionRecall> curves, Function<PrecisionRecall, List<Double>> values) {
    return IntStream.range(0, RECALLS)
        .mapToDouble(
            point ->
                curves.stream()
                    .mapToDouble(curve -> values.apply(curve).get(point))
                    .average()
                    .orElse(Double.NaN))
        .toArray();
  }

  private static LineChart chart(PrecisionRecall curve) {
    return chart(curve.name(), numbers(curve.at50()), numbers(curve.at75()));
  }

  private static double[] numbers(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static LineChart chart(String caption, double[] at50, double[] at75) {
    double[] recall =
        IntStream.range(0, at50.length).mapToDouble(i -> i / (at50.length - 1.0)).toArray();
    List<LineChart.Curve> curves = new ArrayList<>();
    curves.add(new LineChart.Curve("IoU 0.50", Tone.TEACHER, recall, at50));
    curves.add(new LineChart.Curve("IoU 0.75", Tone.DISTILLED, recall, at75));
    return new LineChart(caption, "recall", "precision", curves);
  }

  private static List<String> row(CategoryMetrics of) {
    return List.of(
        of.name(), figure(of.ap()), figure(of.ap50()), figure(of.ap75()), figure(of.ar100()));
  }

  private static String detected(ConfusionMatrix.Row row) {
    return row.detected().entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String figure(double value) {
    return value < 0 ? "none" : String.format(Locale.ROOT, "%.3f", value);
  }
}
