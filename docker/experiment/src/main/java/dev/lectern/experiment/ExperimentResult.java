package dev.lectern.experiment;

import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.file.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What an experiment came to so far.
 *
 * @param plan by which it ran
 * @param runs that are finished, by row and seed in the order of the plan
 * @param costs of everything that ran, by process
 */
public record ExperimentResult(ExperimentPlan plan, List<RowRun> runs, Costs costs) {
  private static final JsonMapper JSON = new JsonMapper();

  public ExperimentResult {
    runs = List.copyOf(runs);
  }

  /** Whether every training of the plan is finished. */
  public boolean isWhole() {
    return missing() == 0;
  }

  /** Trainings of the plan that are not finished. */
  public int missing() {
    return plan.rows().size() * plan.seeds().size() - runs.size();
  }

  List<RowRun> of(String row) {
    return runs.stream().filter(run -> run.row().equals(row)).toList();
  }

  Optional<RowRun> of(String row, long seed) {
    return of(row).stream().filter(run -> run.seed() == seed).findFirst();
  }

  /** Every split that some training measured. */
  Set<String> splits() {
    Set<String> splits = new LinkedHashSet<>();
    runs.forEach(run -> run.history().measurements().forEach(one -> splits.add(one.split())));
    return splits;
  }

  /** A row against its baseline, over the seeds that both have finished in as many steps. */
  Optional<PairedDifference> difference(String row, String split) {
    List<Double> own = new ArrayList<>();
    List<Double> other = new ArrayList<>();
    for (RowRun run : of(row)) {
      ofBaseline(run)
          .filter(pair -> pair.steps() == run.steps())
          .ifPresent(
              pair -> {
                double value = run.last(split, plan.figure());
                double against = pair.last(split, plan.figure());
                if (Double.isFinite(value) && Double.isFinite(against)) {
                  own.add(value);
                  other.add(against);
                }
              });
    }
    return own.isEmpty() || plan.baseline(row).equals(row)
        ? Optional.empty()
        : Optional.of(PairedDifference.of(array(own), array(other), plan.confidence()));
  }

  private Optional<RowRun> ofBaseline(RowRun run) {
    return of(plan.baseline(run.row()), run.seed());
  }

  private List<Long> unequal(String row) {
    return of(row).stream()
        .filter(run -> ofBaseline(run).filter(pair -> pair.steps() != run.steps()).isPresent())
        .map(RowRun::seed)
        .toList();
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** The plan's claims, decided by its rule. */
  List<Verdict> verdicts() {
    return plan.claims().stream()
        .map(
            claim ->
                new Verdict(
                    claim,
                    difference(claim.row(), plan.split()).orElse(null),
                    plan.seeds().size(),
                    unequal(claim.row())))
        .toList();
  }

  /** In lines for the terminal: each row, then each claim. */
  public List<String> summary() {
    List<String> lines = new ArrayList<>();
    for (ExperimentPlan.Row row : plan.rows()) {
      List<RowRun> finished = of(row.name());
      if (!finished.isEmpty()) {
        double mean =
            finished.stream()
                .mapToDouble(run -> run.last(plan.split(), plan.figure()))
                .average()
                .orElseThrow();
        lines.add(
            String.format(
                Locale.ROOT,
                "%-20s %s on %s %.4f over %d seeds%s",
                row.name(),
                plan.figure().key(),
                plan.split(),
                mean,
                finished.size(),
                difference(row.name(), plan.split())
                    .map(one -> ", " + one + " against " + plan.baseline(row.name()))
                    .orElse("")));
      }
    }
    for (Verdict verdict : verdicts()) {
      lines.add(
          "claim "
              + verdict.claim().words(plan.baseline(verdict.claim().row()))
              + " "
              + verdict.outcome().words()
              + ": "
              + verdict.reason());
    }
    if (!isWhole()) {
      lines.add(missing() + " of " + (missing() + runs.size()) + " trainings are not finished");
    }
    return lines;
  }

  /** Everything as one line of JSON. */
  public String json() {
    return tree().toString();
  }

  /** Writes everything as JSON; the file appears when it is whole. */
  void write(Path file) throws IOException {
    WholeFile.write(
        file,
        temporary ->
            JSON.writer(new DefaultPrettyPrinter()).writeValue(temporary.toFile(), tree()));
  }

  private ObjectNode tree() {
    ObjectNode root = JSON.createObjectNode();
    root.put("finished", isWhole()).put("missing", missing());
    root.put("split", plan.split()).put("figure", plan.figure().key());
    root.put("confidence", plan.confidence());
    ArrayNode rows = root.putArray("rows");
    for (ExperimentPlan.Row row : plan.rows()) {
      ObjectNode one = rows.addObject().put("name", row.name());
      one.put("baseline", plan.baseline(row.name()));
      ArrayNode each = one.putArray("runs");
      of(row.name()).forEach(run -> write(run, each.addObject()));
      ObjectNode differences = one.putObject("differences");
      for (String split : splits()) {
        difference(row.name(), split)
            .ifPresent(difference -> write(difference, differences.putObject(split)));
      }
    }
    ArrayNode claims = root.putArray("claims");
    for (Verdict verdict : verdicts()) {
      claims
          .addObject()
          .put("row", verdict.claim().row())
          .put("above", verdict.claim().above())
          .put("outcome", verdict.outcome().name().toLowerCase(Locale.ROOT))
          .put("reason", verdict.reason());
    }
    costs.write(root.putArray("costs"));
    return root;
  }

  private void write(RowRun run, ObjectNode node) {
    node.put("seed", run.seed()).put("steps", run.steps()).put("student-sha256", run.student());
    ObjectNode splits = node.putObject("splits");
    for (String split : splits()) {
      ObjectNode figures = splits.putObject(split);
      for (ExperimentPlan.Figure figure : ExperimentPlan.Figure.values()) {
        put(figures.putObject(figure.key()), run, split, figure);
      }
    }
  }

  private static void put(ObjectNode node, RowRun run, String split, ExperimentPlan.Figure figure) {
    if (Double.isFinite(run.last(split, figure))) {
      node.put("last", run.last(split, figure)).put("best", run.best(split, figure));
    }
  }

  private static void write(PairedDifference difference, ObjectNode node) {
    node.put("pairs", difference.pairs()).put("mean", difference.mean());
    if (difference.hasInterval()) {
      node.put("low", difference.low()).put("high", difference.high());
    }
  }
}
