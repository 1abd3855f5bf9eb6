package dev.lectern.cli.encoding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.cli.encoding.LossChanges.Change;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.teacher.recording.Encoding;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Needs.Positions;
import dev.lectern.trainer.train.TrainConfig;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The smallest encoding that changes no loss of the named runs by more than a budget.
 *
 * <p>Each kind is tried in every way while the others are exact, and gets an equal share of the
 * budget; then all chosen encodings are tried together. A kind that no loss reads keeps its
 * default.
 *
 * @param budget largest relative change of a loss's value
 * @param views size of the sample
 * @param distances of the students from the teacher
 * @param rows everything that was tried
 * @param chosen one per kind
 * @param together changes of all losses under the chosen encodings
 */
public record EncodingChoice(
    double budget,
    int views,
    List<Double> distances,
    List<Row> rows,
    List<KindEncoding> chosen,
    List<Change> together) {
  /**
   * One way to store one kind.
   *
   * @param bytesPerView mean
   * @param worst the loss whose value changes most
   * @param gradient largest relative change of a loss's gradient
   * @param chosen whether it is the choice
   */
  public record Row(
      KindEncoding encoding, double bytesPerView, Change worst, double gradient, boolean chosen) {}

  /**
   * Measures and chooses.
   *
   * @param recording name of the recording to be
   * @param runs that will learn from it; at least one has losses
   * @throws UserMistakeException if a run cannot learn from this teacher at all, or none has losses
   */
  public static EncodingChoice measure(
      EncodingSample sample,
      String recording,
      List<TrainConfig> runs,
      double budget,
      List<Double> distances) {
    List<TrainConfig> distilling = runs.stream().filter(run -> !run.losses().isEmpty()).toList();
    if (distilling.isEmpty()) {
      throw new UserMistakeException("--losses: found no run with losses to measure");
    }
    List<LossChanges> probes = new ArrayList<>();
    try {
      for (TrainConfig run : distilling) {
        probes.add(new LossChanges(sample, recording, run, distances));
      }
      return choose(sample, distilling, probes, budget, distances);
    } finally {
      probes.forEach(LossChanges::close);
    }
  }

  private static EncodingChoice choose(
      EncodingSample sample,
      List<TrainConfig> runs,
      List<LossChanges> probes,
      double budget,
      List<Double> distances) {
    List<KindEncoding> exact = probes.get(0).exact();
    List<KindEncoding> chosen = new ArrayList<>(exact);
    List<Row> rows = new ArrayList<>();
    long read = exact.stream().filter(e -> !readers(runs, e.getKind()).isEmpty()).count();
    for (int k = 0; k < exact.size(); k++) {
      TensorKind kind = exact.get(k).getKind();
      if (readers(runs, kind).isEmpty()) {
        chosen.set(k, TensorEncoding.of(Encoding.DEFAULT.valuesOf(kind)).of(kind));
        continue;
      }
      List<Row> ofKind = new ArrayList<>();
      for (KindEncoding candidate : candidates(runs, kind)) {
        List<KindEncoding> all = new ArrayList<>(exact);
        all.set(k, candidate);
        ofKind.add(row(candidate, probes.get(0).bytesPerView(candidate), changes(probes, all)));
      }
      Row best =
          ofKind.stream()
              .filter(row -> row.worst().value() <= budget / read)
              .min(Comparator.comparingDouble(Row::bytesPerView))
              .orElseThrow();
      chosen.set(k, best.encoding());
      ofKind.forEach(
          row ->
              rows.add(
                  new Row(
                      row.encoding(),
                      row.bytesPerView(),
                      row.worst(),
                      row.gradient(),
                      row == best)));
    }
    return new EncodingChoice(
        budget, sample.views().size(), distances, rows, chosen, changes(probes, chosen));
  }

  private static List<Change> changes(List<LossChanges> probes, List<KindEncoding> encodings) {
    return probes.stream().flatMap(probe -> probe.of(encodings).stream()).toList();
  }

  private static Row row(KindEncoding encoding, double bytes, List<Change> changes) {
    return new Row(
        encoding,
        bytes,
        changes.stream().max(Comparator.comparingDouble(Change::value)).orElseThrow(),
        changes.stream().mapToDouble(Change::gradient).max().orElseThrow(),
        false);
  }

  private static List<Method> readers(List<TrainConfig> runs, TensorKind kind) {
    return runs.stream()
        .flatMap(run -> run.losses().stream())
        .filter(loss -> loss.needs().teacher().containsKey(kind))
        .toList();
  }

  private static List<KindEncoding> candidates(List<TrainConfig> runs, TensorKind kind) {
    List<Method> readers = readers(runs, kind);
    List<Optional<RegionPriors>> rules =
        runs.stream()
            .flatMap(
                run ->
                    run.losses().stream()
                        .filter(readers::contains)
                        .flatMap(loss -> loss.needs().regions().stream())
                        .map(run::regions))
            .distinct()
            .toList();
    boolean regions =
        readers.stream().allMatch(r -> r.needs().teacher().get(kind) == Positions.REGIONS)
            && rules.stream().allMatch(Optional::isPresent);
    List<RegionPriors> priors = rules.stream().flatMap(Optional::stream).toList();
    return Stream.of(Values.INT8, Values.FLOAT16, Values.FIXED24, Values.FLOAT32)
        .filter(values -> readers.stream().allMatch(reader -> reader.shared().accepts(values)))
        .flatMap(
            values -> {
              KindEncoding dense = TensorEncoding.of(values).of(kind);
              KindEncoding near = TensorEncoding.of(values).of(kind);
              near.setPositions(PositionEncoding.REGIONS);
              near.setPriors(priors);
              return regions ? Stream.of(near, dense) : Stream.of(dense);
            })
        .toList();
  }

  /** The table, for people. */
  public void print(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "encodings within a change of %s of any loss, %d views, students at %s of the distance%n",
        percent(budget),
        views,
        distances);
    String line = "%s %-13s %-8s %-8s %9s  %-10s %-10s %s%n";
    out.printf(
        Locale.ROOT, line, " ", "KIND", "VALUES", "WHERE", "KB/VIEW", "VALUE", "GRADIENT", "LOSS");
    for (Row row : rows) {
      out.printf(
          Locale.ROOT,
          line,
          row.chosen() ? "*" : " ",
          row.encoding().getKind(),
          row.encoding().getValues(),
          row.encoding().getPositions(),
          String.format(Locale.ROOT, "%.1f", row.bytesPerView() / 1e3),
          percent(row.worst().value()),
          percent(row.gradient()),
          row.worst().loss() + " at " + row.worst().distance());
    }
    out.println("all chosen together, change of each loss:");
    for (Change change : together) {
      out.printf(
          Locale.ROOT,
          "  %-28s at %-4s value %-10s gradient %s%n",
          change.loss(),
          change.distance(),
          percent(change.value()),
          percent(change.gradient()));
    }
    out.flush();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.5f%%", 100 * share);
  }

  /** The same as JSON, for the manifest. */
  public String toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("budget", budget);
    json.put("views", views);
    json.put("distances", distances);
    json.put(
        "rows",
        rows.stream()
            .map(
                row -> {
                  Map<String, Object> cells = new LinkedHashMap<>();
                  cells.put("kind", row.encoding().getKind().name());
                  cells.put("values", row.encoding().getValues().name());
                  cells.put("positions", row.encoding().getPositions().name());
                  cells.put("bytesPerView", Math.round(row.bytesPerView()));
                  cells.put("valueChange", row.worst().value());
                  cells.put("gradientChange", row.gradient());
                  cells.put("loss", row.worst().loss());
                  cells.put("distance", row.worst().distance());
                  cells.put("chosen", row.chosen());
                  return cells;
                })
            .toList());
    json.put("together", together);
    try {
      return JsonMapper.builder().build().writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain numbers and words are JSON", e);
    }
  }

  /** For the worker. */
  public Encoding encoding() {
    return Encoding.of(chosen, toJson()).withTeacherBoxesAsNeeded();
  }
}
