package dev.lectern.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.experiment.process.ChildProcess;
import dev.lectern.experiment.process.ChildProcesses;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.WholeFile;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.trainer.train.TrainConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Runs a plan: publishes, records, trains every row with every seed, and writes {@code
 * results.json} and {@code report.html}. Given again for the same folder it goes on where it was; a
 * folder keeps the plan that it began with, so that nothing is chosen after the fact.
 *
 * <p>Seeds are the outer loop: all rows of the first seed run before the second begins. Single use;
 * {@link #stop} may be called from any thread.
 */
public final class Experiment implements AutoCloseable {
  private static final String LOCK = "LOCK";
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  /** What a start that was cut off may leave before the plan is kept. */
  private static final Set<String> OWN_FILES = Set.of(LOCK, "broker");

  private static final String FILE_HEADER =
      "# What lectern experiment decides by, fixed when it began; written by it.\n";

  private final ExperimentPlan plan;
  private final Map<String, ObjectNode> settings;
  private final Path out;
  private final Selection selection;
  private final ChildProcesses children;
  private final Progress.Factory progress;
  private final Set<ChildProcess> counted = new HashSet<>();
  private volatile boolean stopping;

  /**
   * What of a plan to train; the rest stays for later.
   *
   * @param rows by name; empty for all
   * @param seeds empty for all
   */
  public record Selection(List<String> rows, List<Long> seeds) {
    public Selection {
      rows = List.copyOf(rows);
      seeds = List.copyOf(seeds);
    }

    boolean includes(String row, long seed) {
      return (rows.isEmpty() || rows.contains(row)) && (seeds.isEmpty() || seeds.contains(seed));
    }

    private void check(ExperimentPlan plan) {
      for (String row : rows) {
        if (plan.rows().stream().noneMatch(one -> one.name().equals(row))) {
          throw new UserMistakeException(
              "--row "
                  + row
                  + ": the plan has "
                  + plan.rows().stream().map(ExperimentPlan.Row::name).toList());
        }
      }
      for (long seed : seeds) {
        if (!plan.seeds().contains(seed)) {
          throw new UserMistakeException("--seed " + seed + ": the plan has " + plan.seeds());
        }
      }
    }
  }

  /**
   * Reads the plan and everything that it names.
   *
   * @param out folder of the results
   * @param mainClass of the {@code lectern} command line, which the processes run
   * @throws UserMistakeException if the plan does not hold together, or the folder has another
   */
  public Experiment(
      Path file, Path out, Selection selection, String mainClass, Progress.Factory progress)
      throws IOException {
    this.plan = ExperimentPlan.load(file);
    this.settings = plan.settings(file);
    this.out = out.toAbsolutePath().normalize();
    this.selection = selection;
    this.progress = progress;
    selection.check(plan);
    requireOwnFolder();
    this.children = new ChildProcesses(mainClass, this.out.resolve("logs"), TIMEOUT);
  }

  /** The plan. */
  public ExperimentPlan plan() {
    return plan;
  }

  /** Where Kafka is, if the file of the plan's run says it. */
  public Optional<String> bootstrapServers() {
    JsonNode servers =
        ConfigLoader.tree(Path.of(plan.run()), List.of(), TrainConfig.class)
            .path("bootstrap-servers");
    return servers.isTextual() ? Optional.of(servers.asText()) : Optional.empty();
  }

  /** Where the results lie. */
  public Path report() {
    return out.resolve("report.html");
  }

  /**
   * Runs what is not done yet, and writes the results, also of a run that fails or is stopped.
   *
   * @param kafka client properties
   * @param connection options of {@code lectern} that say the same
   * @throws dev.lectern.experiment.process.ChildFailedException if a role fails; what is done stays
   */
  public ExperimentResult run(Map<String, Object> kafka, List<String> connection)
      throws IOException, InterruptedException {
    Files.createDirectories(out);
    try (FileChannel channel =
        FileChannel.open(out.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      requireLock(channel);
      keepPlan();
      ExperimentResult result;
      try {
        Roles roles = new Roles(children, progress, kafka, connection, this::countCosts);
        publish(roles);
        record(roles);
        new Inputs(settings.values()).requireUnchanged(kafka, out.resolve("inputs.yaml"));
        roles.train("train", trainings(), plan.parallel());
      } finally {
        children.close();
        countCosts();
        result = result();
      }
      return result;
    }
  }

  /** Takes the lock of the folder; it goes with the channel. */
  private void requireLock(FileChannel channel) throws IOException {
    boolean free;
    try {
      free = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      free = false;
    }
    if (!free) {
      throw new UserMistakeException(out + ": another experiment runs in it");
    }
  }

  private void publish(Roles roles) throws IOException, InterruptedException {
    for (Path config : plan.publish()) {
      String name = withoutEnding(config);
      roles.publish(name.startsWith("publish") ? name : "publish-" + name, config);
    }
  }

  private void record(Roles roles) throws IOException, InterruptedException {
    for (Path config : plan.teach()) {
      String recording =
          ConfigLoader.tree(config, List.of(), Object.class).path("recording").asText("");
      if (recording.isEmpty()) {
        throw new UserMistakeException(
            config + ": recording: found nothing, expected a name for what it records");
      }
      roles.record(
          recording, List.of("--config", config.toString()), plan.workers(), out.resolve("ledger"));
    }
  }

  private List<Training> trainings() throws IOException {
    List<Training> trainings = new ArrayList<>();
    for (long seed : plan.seeds()) {
      for (ExperimentPlan.Row row : plan.rows()) {
        if (selection.includes(row.name(), seed)) {
          Training training = training(row.name(), seed);
          ObjectNode run = settings.get(row.name()).deepCopy();
          run.put("out", training.out().toString()).put("seed", seed);
          if (!run.path("replay").has("store") && plan.parallel() == 1) {
            run.withObject("/replay").put("store", out.resolve("replay-store").toString());
          }
          WholeFile.write(
              training.config(), file -> Files.writeString(file, ConfigLoader.toYaml(run)));
          trainings.add(training);
        }
      }
    }
    return trainings;
  }

  private Training training(String row, long seed) {
    String name = row + "-" + seed;
    return new Training(
        name,
        out.resolve("config").resolve(name + ".yaml"),
        out.resolve("runs").resolve(name),
        settings.get(row).path("epochs").asInt());
  }

  /** What is finished so far, written to the folder. */
  private ExperimentResult result() throws IOException {
    List<RowRun> runs = new ArrayList<>();
    for (ExperimentPlan.Row row : plan.rows()) {
      for (long seed : plan.seeds()) {
        Training training = training(row.name(), seed);
        if (Files.exists(training.student())) {
          runs.add(RowRun.read(row.name(), seed, training));
        }
      }
    }
    ExperimentResult result = new ExperimentResult(plan, runs, Costs.read(costs()));
    result.write(out.resolve("results.json"));
    ExperimentPage.of(result).write(report());
    return result;
  }

  private Path costs() {
    return out.resolve("costs.jsonl");
  }

  private synchronized void countCosts() {
    List<ChildProcess> ended =
        children.all().stream()
            .filter(child -> !child.isRunning() && !counted.contains(child))
            .toList();
    if (!ended.isEmpty()) {
      try {
        Costs.append(costs(), ended);
      } catch (IOException e) {
        throw new UncheckedIOException(costs() + " cannot be written", e);
      }
      counted.addAll(ended);
    }
  }

  private void requireOwnFolder() throws IOException {
    if (!Files.exists(out)) {
      return;
    }
    if (!Files.isDirectory(out)) {
      throw new UserMistakeException("--out " + out + ": found a file, expected a folder");
    }
    try (Stream<Path> content = Files.list(out)) {
      if (!Files.exists(kept())
          && content.anyMatch(each -> !OWN_FILES.contains(each.getFileName().toString()))) {
        throw new UserMistakeException(
            "--out " + out + ": it is not empty and no experiment made it; choose another");
      }
    }
    if (Files.exists(kept())) {
      JsonNode before = ConfigLoader.tree(kept(), List.of(), Object.class);
      List<String> changes = new ArrayList<>();
      difference("", before, fixed(), changes);
      if (!changes.isEmpty()) {
        throw new UserMistakeException(
            "--out "
                + out
                + ": it began with another plan, which differs in "
                + String.join(", ", changes)
                + "; a plan does not change while it runs: give back the old one, or choose another"
                + " --out");
      }
    }
  }

  private Path kept() {
    return out.resolve("plan.yaml");
  }

  private void keepPlan() throws IOException {
    if (!Files.exists(kept())) {
      WholeFile.write(
          kept(), file -> Files.writeString(file, FILE_HEADER + ConfigLoader.toYaml(fixed())));
    }
  }

  /** All that decides the result. */
  private ObjectNode fixed() {
    ObjectNode fixed = ConfigLoader.json().createObjectNode();
    fixed.put("split", plan.split()).put("figure", plan.figure().key());
    fixed.put("confidence", plan.confidence());
    plan.seeds().forEach(fixed.putArray("seeds")::add);
    ObjectNode claims = fixed.putObject("claims");
    plan.claims().forEach(claim -> claims.put(claim.row(), claim.above()));
    ObjectNode rows = fixed.putObject("rows");
    for (ExperimentPlan.Row row : plan.rows()) {
      rows.putObject(row.name())
          .put("baseline", plan.baseline(row.name()))
          .set("run", settings.get(row.name()));
    }
    // Through text, as it will be read again: numbers of one kind.
    return ConfigLoader.tree(ConfigLoader.toYaml(fixed), "plan");
  }

  private static void difference(String at, JsonNode before, JsonNode now, List<String> changes) {
    if (before.isObject() && now.isObject()) {
      Set<String> names = new TreeSet<>();
      before.fieldNames().forEachRemaining(names::add);
      now.fieldNames().forEachRemaining(names::add);
      for (String name : names) {
        difference(
            at.isEmpty() ? name : at + "." + name, before.path(name), now.path(name), changes);
      }
    } else if (!before.equals(now)) {
      changes.add(at);
    }
  }

  private static String withoutEnding(Path file) {
    return file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
  }

  /** Whether {@link #stop} was called. */
  public boolean isStopping() {
    return stopping;
  }

  /** Asks the running processes to end: trainings write a checkpoint, {@link #run} then fails. */
  public void stop() {
    stopping = true;
    children.close();
  }

  @Override
  public void close() {
    children.close();
  }
}
