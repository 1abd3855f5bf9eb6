package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.detector.weights.Safetensors;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.trainer.testing.SyntheticRecording;
import dev.lectern.trainer.train.TrainingRun.Start;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class TrainingRunIT {
  @TempDir static Path shared;
  @TempDir Path folder;
  private static EmbeddedBroker broker;
  private static SyntheticRecording recording;

  @BeforeAll
  static void record() throws InterruptedException {
    broker = EmbeddedBroker.start(shared.resolve("broker"));
    recording = new SyntheticRecording(broker.bootstrapServers());
    recording.record(0, 12, "train");
    recording.record(12, 18, "val");
    recording.seal();
  }

  @AfterAll
  static void stop() {
    recording.close();
    broker.close();
  }

  @Test
  void aRunThatWasKilledEndsWithTheSameWeightsAsOneThatWasNot()
      throws IOException, InterruptedException {
    // Given a run that nothing disturbs: 12 steps, a checkpoint every 5
    TrainingRun.Result undisturbed = run("undisturbed", Start.FRESH, "checkpoint.every-steps=5");
    assertThat(undisturbed.position()).isEqualTo(new Position(3, 0, 12));

    // When the same run is killed with SIGKILL in the middle of its second epoch, after step 6
    Path killed = folder.resolve("killed");
    Path config =
        Files.writeString(
            folder.resolve("killed.yaml"), yaml(killed, "checkpoint: {every-steps: 5}"));
    Process process = start(config, Start.FRESH);
    awaitStep(killed, 6, process);
    process.destroyForcibly().waitFor();
    assertThat(Checkpoints.last(killed)).isPresent();
    assertThat(Checkpoint.read(Checkpoints.last(killed).get()).position().globalStep())
        .isLessThan(12);
    Process resumed = start(config, Start.RESUME);
    assertThat(resumed.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(resumed.exitValue()).isZero();

    // Then every array of the last checkpoint, and the student, are the same bit by bit
    Safetensors expected = Safetensors.read(Checkpoints.last(folder.resolve("undisturbed")).get());
    Safetensors found = Safetensors.read(Checkpoints.last(killed).get());
    assertThat(found.arrays().keySet()).isEqualTo(expected.arrays().keySet());
    expected
        .arrays()
        .forEach(
            (name, array) ->
                assertThat(found.arrays().get(name).values()).as(name).isEqualTo(array.values()));
    assertThat(killed.resolve("student.safetensors")).hasSameBinaryContentAs(undisturbed.student());
    // And each step is in the metrics once
    assertThat(steps(killed)).isEqualTo(steps(folder.resolve("undisturbed"))).hasSize(12);
    // And TensorBoard has a file of each start
    assertThat(killed.resolve("tensorboard")).isDirectoryContaining("glob:**tfevents*lectern");
    assertThat(killed.resolve("tensorboard").toFile().list()).hasSize(2);
  }

  @Test
  void aRunWhoseNewestCheckpointIsDamagedGoesOnFromTheOneBefore()
      throws IOException, InterruptedException {
    // Given a run that ended, with checkpoints of its steps 5, 10 and 12
    TrainingRun.Result whole =
        run("whole", Start.FRESH, "checkpoint.every-steps=5", "checkpoint.keep=3");
    byte[] student = Files.readAllBytes(whole.student());
    Path newest = Checkpoints.last(folder.resolve("whole")).orElseThrow();
    byte[] checkpoint = Files.readAllBytes(newest);
    Files.write(newest, Arrays.copyOf(checkpoint, checkpoint.length / 2));

    // When
    TrainingRun.Result resumed =
        run("whole", Start.RESUME, "checkpoint.every-steps=5", "checkpoint.keep=3");

    // Then
    assertThat(resumed.position()).isEqualTo(new Position(3, 0, 12));
    assertThat(resumed.student()).hasBinaryContent(student);
    assertThat(newest).hasBinaryContent(checkpoint);
    assertThat(newest.resolveSibling(newest.getFileName() + ".damaged")).exists();
  }

  @Test
  void aRunThatIsStoppedWhileItFillsItsStoreEndsBeforeTheStoreIsFull() throws InterruptedException {
    // Given
    StopWithFirstPart filling = new StopWithFirstPart();
    filling.run =
        new TrainingRun(
            ConfigLoader.bind(
                yaml(folder.resolve("filling"), ""),
                List.of("replay.fill=before"),
                TrainConfig.class,
                "test"),
            Start.FRESH,
            new SimpleMeterRegistry(),
            filling,
            List.of());

    // When
    TrainingRun.Result stopped = filling.run.run();

    // Then
    assertThat(filling.parts).hasValue(1);
    assertThat(filling.total).isGreaterThan(1);
    assertThat(stopped.done()).isFalse();
    assertThat(stopped.position()).isEqualTo(new Position(0, 0, 0));
    // And the run can be given again
    assertThat(run("filling", Start.RESUME, "epochs=1").done()).isTrue();
  }

  @Test
  void lossesFallAndTheStudentIsMeasured() throws InterruptedException, IOException {
    // When
    TrainingRun.Result result =
        run("falling", Start.FRESH, "epochs=12", "evaluation.every-epochs=6", "losses=[]");

    // Then
    List<Double> losses = column(folder.resolve("falling"), "loss");
    assertThat(losses).hasSize(48);
    assertThat(mean(losses.subList(44, 48))).isLessThan(0.8 * mean(losses.subList(0, 4)));
    assertThat(result.done()).isTrue();
    assertThat(result.evaluation().images()).isEqualTo(6);
    assertThat(result.evaluation().metrics().main()).isBetween(0.0, 1.0);
    assertThat(Files.readString(folder.resolve("falling/metrics.jsonl")))
        .contains("\"event\":\"evaluation\"", "\"AP50\"", "\"data-wait-share\"");
  }

  @Test
  void aDatasetAloneTeachesWhatItsRecordingTeachesWithoutLosses()
      throws InterruptedException, IOException {
    // When
    TrainingRun.Result recorded =
        run("recorded", Start.FRESH, "epochs=2", "evaluation.every-epochs=2", "losses=[]");
    TrainingRun.Result alone =
        run(
            "alone",
            Start.FRESH,
            "recording=null",
            "dataset=shapes",
            "epochs=2",
            "evaluation={every-epochs: 2, further-splits: [train]}",
            "losses=[]");

    // Then
    assertThat(alone.student()).hasSameBinaryContentAs(recorded.student());
    assertThat(alone.evaluation().metrics()).isEqualTo(recorded.evaluation().metrics());
    assertThat(Files.readAllLines(folder.resolve("alone/metrics.jsonl")))
        .filteredOn(line -> line.contains("\"evaluation\""))
        .hasSize(2)
        .last()
        .asString()
        .contains("\"split\":\"train\",\"images\":12");
  }

  @Test
  void aDatasetOfOtherClassesIsRefused() {
    assertThatThrownBy(
            () ->
                run(
                    "other-classes",
                    Start.FRESH,
                    "recording=null",
                    "dataset=shapes",
                    "student.classes=3",
                    "losses=[]"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "dataset 'shapes' does not suit the run: student.classes: found 3, the dataset has 2");
  }

  @Test
  void whatCannotWorkAndTakesLongIsSaidBeforeTheFirstStep() throws InterruptedException {
    TrainingRun run =
        training("asked", Start.FRESH, List.of(new RunOutlook(0)), "schedule.warmup-steps=500");
    ListAppender<ILoggingEvent> log = new ListAppender<>();

    TrainingRun.Result asked = logging(RunOutlook.class, log, run);

    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .anyMatch(line -> line.startsWith("the run takes 12 steps, 4 an epoch"))
        .anyMatch(line -> line.startsWith("the warm-up takes 500 steps (schedule.warmup-steps)"))
        .anyMatch(
            line ->
                line.matches(
                    "a step will take about [0-9]+ s, as a forward pass of the student tells: the"
                        + " remaining 12 steps take about 0 h [0-9]+ min on device cpu with .*"))
        .anyMatch(line -> line.matches("a step takes [0-9]+ s, .* the remaining 10 steps take .*"));
    // Looking ahead changes no bit.
    assertThat(asked.student())
        .hasSameBinaryContentAs(run("unasked", Start.FRESH, "schedule.warmup-steps=500").student());
  }

  @Test
  void aRunWithoutAStoreLearnsTheSame() throws InterruptedException {
    // When
    TrainingRun.Result stored = run("stored", Start.FRESH, "epochs=1", "evaluation.split=none");
    TrainingRun.Result direct =
        run("direct", Start.FRESH, "epochs=1", "evaluation.split=none", "replay.store=none");

    // Then
    assertThat(direct.student()).hasSameBinaryContentAs(stored.student());
  }

  @Test
  void numbersThatTheDeviceWidensTeachTheSame() throws InterruptedException {
    // Given a recording of the same views in narrow numbers
    try (SyntheticRecording narrow =
        new SyntheticRecording(
            broker.bootstrapServers(),
            SyntheticRecording.DATASET,
            "narrow",
            SyntheticRecording.MIND,
            SyntheticRecording.CLASS_NAMES)) {
      narrow.store(TensorKind.CLASS_SCORES, TensorEncoding.FLOAT16);
      narrow.store(TensorKind.BOX_LOGITS, TensorEncoding.FLOAT16);
      narrow.store(TensorKind.FPN_FEATURES, TensorEncoding.INT8);
      narrow.recordViewsOf(recording);
      narrow.seal();
    }

    // When
    TrainingRun.Result host = runOnNarrow("host");
    TrainingRun.Result device = runOnNarrow("device");

    // Then
    assertThat(device.student()).hasSameBinaryContentAs(host.student());
  }

  private TrainingRun.Result runOnNarrow(String dequantise) throws InterruptedException {
    return run(
        dequantise,
        Start.FRESH,
        "recording=narrow",
        "epochs=1",
        "evaluation.split=none",
        "replay.dequantise=" + dequantise);
  }

  @Test
  void aStoppedRunGoesOnWhereItWas() throws InterruptedException, IOException {
    // Given a run that is stopped after its second step, while it still measures a loss's share
    String[] settings = {"evaluation.split=none", "losses=[{name: ld}, {name: cwd, share: 0.1}]"};
    TrainingRun[] held = new TrainingRun[1];
    TrainingListener stopper =
        new TrainingListener() {
          @Override
          public void stepped(Trainer trainer, StepReport step) {
            if (step.globalStep() == 2) {
              held[0].stop();
            }
          }
        };
    held[0] = training("stopped", Start.FRESH, List.of(stopper), settings);
    TrainingRun.Result first = held[0].run();
    assertThat(first.done()).isFalse();
    assertThat(first.position()).isEqualTo(new Position(0, 2, 2));

    // When
    TrainingRun.Result second = run("stopped", Start.RESUME, settings);

    // Then
    Path whole = run("whole", Start.FRESH, settings).student();
    assertThat(second.student()).hasSameBinaryContentAs(whole);
    // And the share made another student than the weight
    Path weighted =
        run("weighted", Start.FRESH, settings[0], "losses=[{name: ld}, {name: cwd}]").student();
    assertThat(Files.mismatch(weighted, whole)).isNotNegative();
  }

  @Test
  void aFolderWithCheckpointsIsNotOverwritten() throws InterruptedException {
    run("used", Start.FRESH, "epochs=1", "evaluation.split=none");

    assertThatThrownBy(() -> run("used", Start.FRESH, "epochs=1"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("holds checkpoints of a run")
        .hasMessageContaining("resume it, or choose another folder");
  }

  @Test
  void anotherRunIsNotResumed() throws InterruptedException {
    run("seeded", Start.FRESH, "epochs=1", "evaluation.split=none");

    assertThatThrownBy(() -> run("seeded", Start.RESUME, "epochs=2", "seed=6"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("of another run: seed is 6, was 5");
    assertThatThrownBy(
            () ->
                run("seeded", Start.RESUME, "epochs=2", "gradient-clip=1", "noise.brightness=0.5"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("of another run: gradient-clip is 1.0, was 35.0")
        .hasMessageContaining("noise.brightness is 0.5, was 0.0");
    assertThatThrownBy(() -> run("seeded", Start.RESUME, "objective.giou-weight=9"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("of another run: objective.giou-weight is 9");
  }

  @Test
  void aDatasetWithOtherAnnotationsIsAnother() throws InterruptedException {
    run("published", Start.FRESH, "epochs=1", "evaluation.split=none");
    try (ManifestStore manifests = new ManifestStore(recording.kafka())) {
      DatasetManifest dataset = manifests.requireDataset(SyntheticRecording.DATASET);
      String plan = dataset.getPlan();
      manifests.publish(
          new Manifest.OfDataset(
              DatasetManifest.newBuilder(dataset).setPlan(plan + "source-sha256: 00\n").build()));

      assertThatThrownBy(() -> run("published", Start.RESUME, "epochs=2"))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageContaining("of another run: dataset 'shapes' was published anew");
      manifests.publish(new Manifest.OfDataset(dataset));
    }
  }

  @Test
  void whatAResumedRunMayChangeIsSaid() throws InterruptedException {
    run("longer", Start.FRESH, "epochs=1", "evaluation.split=none");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    TrainingRun resumed =
        training("longer", Start.RESUME, List.of(), "epochs=2", "evaluation.split=none");

    assertThat(logging(Checkpoint.class, log, resumed).done()).isTrue();

    assertThat(log.list)
        .singleElement()
        .extracting(ILoggingEvent::getFormattedMessage)
        .asString()
        .endsWith("to another student than with those before: epochs is 2, was 1");
  }

  private static TrainingRun.Result logging(
      Class<?> logged, ListAppender<ILoggingEvent> log, TrainingRun run)
      throws InterruptedException {
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(logged);
    logger.addAppender(log);
    try {
      return run.run();
    } finally {
      logger.detachAppender(log);
    }
  }

  @Test
  void aDamagedLineOfTheMetricsDoesNotKeepARunFromGoingOn() throws Exception {
    run("scarred", Start.FRESH, "epochs=1", "evaluation.split=none");
    Path metrics = folder.resolve("scarred/metrics.csv");
    List<String> before = Files.readAllLines(metrics);
    Files.write(metrics, new byte[] {'7', ',', (byte) 0xFF, 0, '\n'}, StandardOpenOption.APPEND);

    assertThat(run("scarred", Start.RESUME, "epochs=2", "evaluation.split=none").done()).isTrue();
    assertThat(Files.readAllLines(metrics)).startsWith(before.toArray(String[]::new));
  }

  /** The views of its last epochs would be others. */
  @Test
  void aRunThatClosesAugmentationKeepsItsNumberOfEpochs() throws InterruptedException {
    String[] settings = {"epochs=2", "close-augment=1", "evaluation.split=none"};
    run("closing", Start.FRESH, settings);

    assertThatThrownBy(
            () ->
                run(
                    "closing",
                    Start.RESUME,
                    "epochs=3",
                    "close-augment=1",
                    "evaluation.split=none"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("of another run: epochs is 3, was 2");
    assertThat(run("closing", Start.RESUME, settings).done()).isTrue();
  }

  @Test
  void whatDoesNotSuitTheRecordingIsListedAtOnce() {
    assertThatThrownBy(
            () ->
                run(
                    "unsuited",
                    Start.FRESH,
                    "student.classes=3",
                    "student.strides=[32, 64]",
                    "losses=[{name: ld}]"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "recording 'shapes-teacher' does not suit the run: student.classes: found 3, the"
                + " dataset has 2; ld: the teacher has no level of stride [32, 64], it has [8, 16]");
  }

  @Test
  void aStudentWithOtherBinsAndOffsetsIsDistilled() throws InterruptedException {
    TrainingRun.Result result =
        run(
            "rebinned",
            Start.FRESH,
            "epochs=1",
            "evaluation.split=none",
            "student.bins=17",
            "student.grid-offset=0.5");

    assertThat(result.done()).isTrue();
  }

  @Test
  void featureLossesAloneReadOnlyFeatures() throws InterruptedException, IOException {
    run(
        "features",
        Start.FRESH,
        "epochs=1",
        "evaluation.split=none",
        "losses=[{name: imitation, region: fine_grained}]");

    assertThat(Files.readAllLines(folder.resolve("features/metrics.csv")).get(0))
        .startsWith("step,epoch,loss,loss_cls,loss_bbox,loss_dfl,loss_imitation_fine_grained,");
  }

  /** Stops the run with the first part that its store takes. */
  private static final class StopWithFirstPart implements Progress.Factory, Progress {
    private final AtomicLong parts = new AtomicLong();
    private TrainingRun run;
    private long total;

    @Override
    public Progress start(String task, String unit, long expected) {
      if (!task.equals("fill replay store")) {
        return Progress.silent();
      }
      total = expected;
      return this;
    }

    @Override
    public void advance(long steps) {
      parts.addAndGet(steps);
      run.stop();
    }

    @Override
    public void total(long steps) {}

    @Override
    public void note(String text) {}

    @Override
    public void close() {}
  }

  private TrainingRun.Result run(String name, Start start, String... overrides)
      throws InterruptedException {
    return training(name, start, List.of(), overrides).run();
  }

  private TrainingRun training(
      String name, Start start, List<TrainingListener> listeners, String... overrides) {
    TrainConfig config =
        ConfigLoader.bind(
            yaml(folder.resolve(name), ""), List.of(overrides), TrainConfig.class, "test");
    return new TrainingRun(
        config, start, new SimpleMeterRegistry(), Progress.silentFactory(), listeners);
  }

  private static String yaml(Path out, String more) {
    return RunFiles.distilling(broker.bootstrapServers(), out) + more + "\n";
  }

  private Process start(Path config, Start start) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            java,
            "-Xmx512m",
            "-Dai.djl.offline=true",
            "-cp",
            System.getProperty("java.class.path"),
            RunMain.class.getName(),
            config.toString(),
            start.name())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(folder.toFile(), "child.log")))
        .start();
  }

  private static void awaitStep(Path run, int step, Process process) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(20))
        .failFast("the run ended by itself", () -> !process.isAlive())
        .until(() -> steps(run).size() >= step);
  }

  /** The rows of the metrics without what depends on the clock. */
  private static List<String> steps(Path run) throws IOException {
    Path csv = run.resolve("metrics.csv");
    if (!Files.exists(csv)) {
      return List.of();
    }
    List<String> rows = new ArrayList<>();
    for (String row : Files.readAllLines(csv)) {
      if (!row.startsWith("step")) {
        rows.add(row.replaceAll(",[^,]*,[^,]*$", ""));
      }
    }
    return rows;
  }

  private static List<Double> column(Path run, String name) throws IOException {
    List<String> rows = Files.readAllLines(run.resolve("metrics.csv"));
    int index = List.of(rows.get(0).split(",")).indexOf(name);
    return rows.stream().skip(1).map(row -> Double.valueOf(row.split(",")[index])).toList();
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
