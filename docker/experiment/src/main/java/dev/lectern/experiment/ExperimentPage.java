package dev.lectern.experiment;

import dev.lectern.report.LineChart;
import dev.lectern.report.Page;
import dev.lectern.report.Tone;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Lays out the results of an experiment. */
final class ExperimentPage {
  private final ExperimentResult result;
  private final ExperimentPlan plan;
  private final ExperimentPlan.Figure figure;

  private ExperimentPage(ExperimentResult result) {
    this.result = result;
    this.plan = result.plan();
    this.figure = plan.figure();
  }

  static Page of(ExperimentResult result) {
    return new ExperimentPage(result).page();
  }

  private Page page() {
    Page page = new Page("Lectern experiment", "experiment");
    page.paragraph(
        String.format(
            Locale.ROOT,
            "%d rows, %d seeds, %d of %d trainings finished. All rows of a seed start from the same"
                + " values and see the same images in the same order. A claim holds when the lower"
                + " end of the %.4g %% interval (paired Student's t) of the row's difference to its"
                + " baseline, %s on %s after the last epoch, lies above the number of the claim."
                + " The rule was written before the trainings ran.",
            plan.rows().size(),
            plan.seeds().size(),
            result.runs().size(),
            plan.rows().size() * plan.seeds().size(),
            100 * plan.confidence(),
            figure.key(),
            plan.split()));
    if (!plan.claims().isEmpty()) {
      page.heading("Claims")
          .table(List.of("claim", "difference", "interval", "outcome", "because"), claims());
    }
    for (String split : result.splits()) {
      page.heading(figure.key() + " on " + split)
          .table(
              List.of("row", "seeds", "mean", "best epoch*", "baseline", "difference", "interval"),
              rows(split));
    }
    page.paragraph(
        "* the mean of each training's best epoch, which was chosen by the same figure: no claim"
            + " rests on it.");
    page.heading("Learning curves, " + figure.key() + " on " + plan.split());
    Map<Tone, String> key = new LinkedHashMap<>();
    key.put(Tone.PLAIN, "baseline");
    key.put(Tone.DISTILLED, "row");
    page.key(key);
    page.wide(charts());
    page.heading("Every training")
        .table(List.of("training", "steps", figure.key() + ", last epoch", "student"), trainings());
    page.heading("Cost")
        .paragraph(
            "Processor time of every process, with its start; what was done before the experiment"
                + " is not in it.")
        .table(List.of("process", "processor time, s", "time passed, s"), costs());
    return page;
  }

  private List<List<String>> claims() {
    return result.verdicts().stream()
        .map(
            verdict ->
                List.of(
                    verdict.claim().words(plan.baseline(verdict.claim().row())),
                    mean(Optional.ofNullable(verdict.difference())),
                    interval(Optional.ofNullable(verdict.difference())),
                    verdict.outcome().words(),
                    verdict.reason()))
        .toList();
  }

  private List<List<String>> rows(String split) {
    List<List<String>> rows = new ArrayList<>();
    for (ExperimentPlan.Row row : plan.rows()) {
      List<RowRun> runs = result.of(row.name());
      Optional<PairedDifference> difference = result.difference(row.name(), split);
      String baseline = plan.baseline(row.name());
      rows.add(
          List.of(
              row.name(),
              String.valueOf(runs.size()),
              number(runs.stream().mapToDouble(run -> run.last(split, figure)).average()),
              number(runs.stream().mapToDouble(run -> run.best(split, figure)).average()),
              baseline.equals(row.name()) ? "" : baseline,
              mean(difference),
              interval(difference)));
    }
    return rows;
  }

  private static String number(OptionalDouble value) {
    return value.isPresent() && Double.isFinite(value.getAsDouble())
        ? String.format(Locale.ROOT, "%.4f", value.getAsDouble())
        : "-";
  }

  private static String mean(Optional<PairedDifference> difference) {
    return difference.map(one -> String.format(Locale.ROOT, "%+.4f", one.mean())).orElse("");
  }

  private static String interval(Optional<PairedDifference> difference) {
    return difference
        .map(
            one ->
                one.hasInterval()
                    ? String.format(Locale.ROOT, "[%+.4f, %+.4f]", one.low(), one.high())
                    : "one seed")
        .orElse("");
  }

  /** A chart of each row that has a baseline: the means over the seeds of both. */
  private List<LineChart> charts() {
    List<LineChart> charts = new ArrayList<>();
    for (ExperimentPlan.Row row : plan.rows()) {
      String baseline = plan.baseline(row.name());
      if (!baseline.equals(row.name()) && !result.of(row.name()).isEmpty()) {
        charts.add(
            new LineChart(
                row.name() + " and " + baseline + ", mean over seeds",
                "epoch",
                figure.key(),
                List.of(curve(baseline, Tone.PLAIN), curve(row.name(), Tone.DISTILLED))));
      }
    }
    return charts;
  }

  private LineChart.Curve curve(String row, Tone tone) {
    Map<Integer, List<Double>> byEpoch = new TreeMap<>();
    for (RowRun run : result.of(row)) {
      for (TrainingHistory.Measurement one : run.history().on(plan.split())) {
        byEpoch
            .computeIfAbsent(one.epoch(), epoch -> new ArrayList<>())
            .add(one.metrics().getOrDefault(figure.key(), Double.NaN));
      }
    }
    return new LineChart.Curve(
        row,
        tone,
        byEpoch.keySet().stream().mapToDouble(Integer::doubleValue).toArray(),
        byEpoch.values().stream()
            .mapToDouble(
                all -> all.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN))
            .toArray());
  }

  private List<List<String>> trainings() {
    return result.runs().stream()
        .map(
            run ->
                List.of(
                    run.row() + ", seed " + run.seed(),
                    String.valueOf(run.steps()),
                    String.format(Locale.ROOT, "%.4f", run.last(plan.split(), figure)),
                    run.student().substring(0, 12)))
        .toList();
  }

  private List<List<String>> costs() {
    return result.costs().byProcess().entrySet().stream()
        .map(
            entry ->
                List.of(
                    entry.getKey(),
                    String.format(Locale.ROOT, "%.1f", entry.getValue().processorSeconds()),
                    String.format(Locale.ROOT, "%.1f", entry.getValue().seconds())))
        .toList();
  }
}
