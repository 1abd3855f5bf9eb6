package dev.lectern.cli;

import dev.lectern.demo.DemoSettings;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.status.Heartbeats;
import dev.lectern.schemas.status.Pulse;
import dev.lectern.teacher.ledger.LedgerApp;
import dev.lectern.teacher.ledger.LedgerConfig;
import dev.lectern.teacher.recording.TeachApp;
import dev.lectern.teacher.recording.TeachConfig;
import dev.lectern.teacher.recording.TeacherFactory;
import dev.lectern.trainer.train.RunReport;
import dev.lectern.trainer.train.StepReport;
import dev.lectern.trainer.train.TrainConfig;
import dev.lectern.trainer.train.Trainer;
import dev.lectern.trainer.train.TrainingListener;
import dev.lectern.trainer.train.TrainingRun;
import dev.lectern.watch.FleetReader;
import dev.lectern.watch.FleetView;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * A broker with the demo's drawn pictures, and workers, ledgers and runs in this process that send
 * a heartbeat every second.
 */
final class LiveFleet implements AutoCloseable {
  static final String DATASET = "shapes";
  private static final Duration BEAT = Duration.ofSeconds(1);

  private final Path dir;
  private final TestBroker broker;
  private final Map<String, Object> kafka;
  private final List<Runnable> stops = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();

  private LiveFleet(Path dir, TestBroker broker) {
    this.dir = dir;
    this.broker = broker;
    this.kafka = Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  /** Starts a broker and publishes pictures, one view of each. */
  static LiveFleet start(Path dir, int train, int validation) throws IOException {
    return start(dir, train, validation, Map.of());
  }

  /**
   * As above.
   *
   * @param broker further settings of the broker
   */
  static LiveFleet start(Path dir, int train, int validation, Map<String, String> broker)
      throws IOException {
    LiveFleet fleet = new LiveFleet(dir, TestBroker.start(dir.resolve("broker"), broker));
    Path images = Files.createDirectories(dir.resolve("images"));
    Path trainFile = dir.resolve("train.json");
    Path validationFile = dir.resolve("val.json");
    DemoSettings.train(train).write(images, trainFile);
    DemoSettings.validation(validation).write(images, validationFile);
    for (String file : List.of("demo-teacher.yaml", "demo-teacher.onnx")) {
      try (InputStream in = LiveFleet.class.getResourceAsStream("/demo/" + file)) {
        Files.copy(in, dir.resolve(file));
      }
    }
    Files.writeString(
        dir.resolve("publish.yaml"),
        """
            name: %s
            format: coco
            size: %dx%d
            resize: stretch
            sources:
              - {split: train, annotations: "%s", images: "%s"}
              - {split: val, annotations: "%s", images: "%s"}
            """
            .formatted(
                DATASET,
                DemoSettings.SIDE,
                DemoSettings.SIDE,
                trainFile,
                images,
                validationFile,
                images));
    try {
      fleet.publish(DATASET);
    } catch (RuntimeException e) {
      fleet.close();
      throw e;
    }
    return fleet;
  }

  /** Publishes the pictures as a dataset, and returns when that is done. */
  void publish(String dataset, String... options) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "publish",
                "--config",
                dir.resolve("publish.yaml").toString(),
                "--name",
                dataset,
                "--bootstrap-servers",
                servers()));
    words.addAll(List.of(options));
    CommandRun published = CommandRun.of(words.toArray(String[]::new));
    if (published.exitCode() != 0) {
      throw new IllegalStateException(published.err());
    }
  }

  /** As {@link #publish}, beside the caller. */
  void publishMeanwhile(String dataset, String... options) {
    run("publish " + dataset, () -> publish(dataset, options), () -> {});
  }

  String servers() {
    return broker.bootstrapServers();
  }

  /** Starts a ledger and workers for a recording, until it is sealed. */
  void record(String recording, List<String> workers, TeacherFactory teachers) {
    record(DATASET, recording, workers, teachers, Map.of());
  }

  /**
   * As above.
   *
   * @param client further Kafka client properties of the workers
   */
  void record(
      String dataset,
      String recording,
      List<String> workers,
      TeacherFactory teachers,
      Map<String, String> client) {
    Map<String, Object> worked = new HashMap<>(kafka);
    worked.putAll(client);
    LedgerConfig config =
        new LedgerConfig(
            recording,
            dir.resolve("ledger"),
            LedgerConfig.Lifetime.UNTIL_SEALED,
            LedgerConfig.LocalState.KEEP,
            LedgerConfig.Empty.KEEP_OPEN);
    LedgerApp ledger =
        new LedgerApp(
            config,
            kafka,
            Progress.silentFactory(),
            new SimpleMeterRegistry(),
            Heartbeats.onTopic(kafka, BEAT));
    run("ledger of " + recording, ledger::run, ledger::stop);
    for (String worker : workers) {
      TeachConfig teach =
          ConfigLoader.bind(
              "",
              List.of(
                  "dataset=" + dataset,
                  "recording=" + recording,
                  "worker=" + worker,
                  "teacher=\"" + dir.resolve("demo-teacher.yaml") + '"',
                  "model=\"" + dir.resolve("demo-teacher.onnx") + '"',
                  "kinds=[class-scores, box-logits]",
                  "threads=1",
                  "lanes=2",
                  "until-sealed=true"),
              TeachConfig.class,
              "test");
      TeachApp app =
          new TeachApp(
              teach,
              worked,
              Progress.silentFactory(),
              new SimpleMeterRegistry(),
              teachers,
              Heartbeats.onTopic(kafka, BEAT));
      run(worker, app::run, app::stop);
    }
  }

  /**
   * Starts a run.
   *
   * @param pause after each step
   * @param settings YAML of further keys
   */
  void train(String name, String recording, Duration pause, String settings) {
    TrainConfig config =
        ConfigLoader.bind(
            """
            bootstrap-servers: %s
            recording: %s
            out: "%s"
            """
                    .formatted(servers(), recording, dir.resolve(name))
                + settings
                + "student:\n"
                + ConfigLoader.toYaml(DemoSettings.student()).replace("---\n", "").indent(2),
            List.of(),
            TrainConfig.class,
            "test");
    RunReport report = new RunReport(config);
    TrainingListener slow =
        new TrainingListener() {
          @Override
          public void stepped(Trainer trainer, StepReport step) {
            try {
              Thread.sleep(pause.toMillis());
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    TrainingRun run =
        new TrainingRun(
            config,
            TrainingRun.Start.FRESH,
            new SimpleMeterRegistry(),
            Progress.silentFactory(),
            List.of(report, slow));
    run(
        name,
        () -> {
          try (Pulse pulse = Heartbeats.onTopic(kafka, BEAT).start(report)) {
            try {
              run.run();
            } catch (RuntimeException e) {
              pulse.failed(e);
              throw e;
            }
          }
        },
        run::stop);
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private void run(String name, Work work, Runnable stop) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (InterruptedException | RuntimeException | Error e) {
                failures.add(e);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
    stops.add(stop);
  }

  /** Looks until something is so; says what was seen instead if it takes too long. */
  FleetView await(String what, Duration atMost, Predicate<FleetView> condition) {
    try (FleetReader reader = new FleetReader(kafka)) {
      return Awaitility.await(what)
          .atMost(atMost)
          .pollInterval(Duration.ofMillis(500))
          .pollInSameThread() // a consumer belongs to one thread
          .until(
              () -> {
                throwFailure();
                return reader.snapshot().view();
              },
              condition);
    }
  }

  private void throwFailure() {
    if (!failures.isEmpty()) {
      throw new AssertionError("a part of the fleet failed", failures.get(0));
    }
  }

  /** Asks everything to end, and waits until it has. */
  void stop() throws InterruptedException {
    stops.forEach(Runnable::run);
    for (Thread thread : threads) {
      thread.join(60_000);
    }
    throwFailure();
  }

  @Override
  public void close() {
    stops.forEach(Runnable::run);
    for (Thread thread : threads) {
      try {
        thread.join(30_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    broker.close();
  }
}
