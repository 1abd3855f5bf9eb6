package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.log.LostRecordsException;
import dev.lectern.schemas.log.PayloadException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.trainer.testing.SyntheticRecording;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose data is away, or gone, while they read it from the log. */
@Timeout(120)
class LostDataIT {
  private static final Duration STILL = Duration.ofSeconds(2);
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private final AtomicLong step = new AtomicLong();

  @Test
  void aRunWhoseBrokerIsAwayStopsSoonWithACheckpointOfItsLastStep() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"));
    try {
      record(broker);
      TrainingRun run = training(broker, () -> {});
      CompletableFuture<TrainingRun.Result> ended = inAThread(run);
      awaitStep(3);
      broker.close();
      awaitStandstill();

      run.stop();

      TrainingRun.Result result = ended.get(SOON.toSeconds(), TimeUnit.SECONDS);
      assertThat(result.done()).isFalse();
      assertThat(result.position().globalStep()).isEqualTo(step.get());
      assertThat(Checkpoint.read(Checkpoints.last(folder.resolve("run")).orElseThrow()).position())
          .isEqualTo(result.position());
    } finally {
      broker.close();
    }
  }

  @Test
  void whatWasLearnedIsKeptWhenDataIsGone() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"))) {
      record(broker);
      TrainingRun run =
          training(
              broker,
              () -> {
                if (step.get() == 3) {
                  delete(
                      broker,
                      Topics.tensors(SyntheticRecording.RECORDING, TensorKind.CLASS_SCORES).name());
                }
              });

      assertThatThrownBy(run::run).isInstanceOf(PayloadException.class);

      assertThat(step.get()).isGreaterThanOrEqualTo(3);
      assertThat(Checkpoint.read(Checkpoints.last(folder.resolve("run")).orElseThrow()).position())
          .extracting(Position::globalStep)
          .isEqualTo(step.get());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void whatWasLearnedIsKeptWhenTheStudentCannotBeMeasured(int everyEpochs) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"))) {
      record(broker);
      TrainingRun run =
          training(
              broker,
              () -> {
                if (step.get() == 4) {
                  delete(broker, Topics.views(SyntheticRecording.DATASET).name());
                }
              },
              "epochs=1",
              "evaluation.split=val",
              "evaluation.every-epochs=" + everyEpochs);

      assertThatThrownBy(run::run).isInstanceOf(LostRecordsException.class);

      assertThat(Checkpoint.read(Checkpoints.last(folder.resolve("run")).orElseThrow()).position())
          .isEqualTo(new Position(1, 0, 4));
    }
  }

  @Test
  void aRunThatIsStoppedBeforeItsLastMeasurementIsDoneOnceThatIsMade() throws Exception {
    Path data = folder.resolve("broker");
    String[] settings = {"epochs=1", "evaluation.split=train", "evaluation.further-splits=[val]"};
    TrainingRun[] held = new TrainingRun[1];
    EmbeddedBroker first = EmbeddedBroker.start(data);
    try {
      record(first);
      TrainingListener stopper =
          new TrainingListener() {
            @Override
            public void evaluated(Trainer trainer, EvaluationReport report) {
              first.close();
              held[0].stop();
            }
          };
      held[0] = training(first, TrainingRun.Start.FRESH, stopper, settings);

      TrainingRun.Result stopped = held[0].run();

      assertThat(stopped.done()).isFalse();
      assertThat(stopped.position()).isEqualTo(new Position(1, 0, 4));
      assertThat(folder.resolve("run/student.safetensors")).doesNotExist();
    } finally {
      first.close();
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(data)) {
      TrainingRun.Result resumed =
          training(broker, TrainingRun.Start.RESUME, new TrainingListener() {}, settings).run();

      assertThat(resumed.done()).isTrue();
      assertThat(resumed.student()).exists();
      assertThat(folder.resolve("run/metrics.jsonl"))
          .content()
          .contains("\"step\":4,\"epoch\":1,\"split\":\"val\"");
    }
  }

  private static void record(EmbeddedBroker broker) throws InterruptedException {
    try (SyntheticRecording recording = new SyntheticRecording(broker.bootstrapServers())) {
      recording.record(0, 12, "train");
      recording.record(12, 15, "val");
      recording.seal();
    }
  }

  private static void delete(EmbeddedBroker broker, String topic) {
    Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
    for (int partition = 0; partition < 3; partition++) {
      all.put(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(-1));
    }
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin.deleteRecords(all).all().get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private TrainingRun training(EmbeddedBroker broker, Runnable afterStep, String... settings) {
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(Trainer trainer, StepReport report) {
            step.set(report.globalStep());
            afterStep.run();
          }
        };
    return training(broker, TrainingRun.Start.FRESH, listener, settings);
  }

  private TrainingRun training(
      EmbeddedBroker broker,
      TrainingRun.Start start,
      TrainingListener listener,
      String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "epochs=10000",
                "replay.store=none",
                "evaluation.split=none",
                "checkpoint.every-epochs=10000"));
    all.addAll(List.of(settings));
    TrainConfig config =
        ConfigLoader.bind(
            RunFiles.distilling(broker.bootstrapServers(), folder.resolve("run")),
            all,
            TrainConfig.class,
            "test");
    return new TrainingRun(
        config, start, new SimpleMeterRegistry(), Progress.silentFactory(), List.of(listener));
  }

  private static CompletableFuture<TrainingRun.Result> inAThread(TrainingRun run) {
    CompletableFuture<TrainingRun.Result> ended = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                ended.complete(run.run());
              } catch (Throwable e) {
                ended.completeExceptionally(e);
              }
            },
            "run");
    thread.setDaemon(true);
    thread.start();
    return ended;
  }

  private void awaitStep(long wanted) {
    Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> step.get() >= wanted);
  }

  /** Until what was decoded ahead is used up. */
  private void awaitStandstill() {
    AtomicLong last = new AtomicLong(-1);
    Awaitility.await()
        .during(STILL)
        .atMost(Duration.ofMinutes(2))
        .until(() -> last.getAndSet(step.get()) == step.get());
  }
}
