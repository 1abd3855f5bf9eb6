package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.replay.RecordingSet;
import dev.lectern.trainer.replay.Replay;
import dev.lectern.trainer.replay.StoredReplay;
import dev.lectern.trainer.replay.StudentView;
import dev.lectern.trainer.testing.SyntheticRecording;
import dev.lectern.trainer.train.TrainingRun.Start;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each loss that a run can name, in a run of its own on a real recording. */
class EveryLossIT {
  private static final int STEPS = 20;

  /** Steps of an epoch; the first and the fifth take the same views. */
  private static final int ENDS = 4;

  @TempDir static Path shared;
  @TempDir Path folder;
  private static EmbeddedBroker broker;
  private static SyntheticRecording recording;
  private static Replay replay;

  @BeforeAll
  static void record() throws InterruptedException {
    broker = EmbeddedBroker.start(shared.resolve("broker"));
    recording = new SyntheticRecording(broker.bootstrapServers());
    recording.record(0, 12, "train");
    recording.seal();
    TrainConfig config = config(shared, "{name: kd}");
    Map<String, Object> kafka = Map.of("bootstrap.servers", broker.bootstrapServers());
    replay =
        StoredReplay.open(
            kafka,
            RecordingSet.open(kafka, config.recordings()),
            config.replay(),
            shared,
            new StudentView(
                config.inputNormalization(),
                config.noise(),
                Map.of(
                    config.recordings().get(0),
                    EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES)),
                config.split(),
                config.seed(),
                config.batchSize()),
            Progress.silentFactory());
  }

  @AfterAll
  static void stop() {
    replay.close();
    recording.close();
    broker.close();
  }

  /** All but the one whose judge learns as well, so that its value need not fall. */
  static List<String> names() {
    // of the second stage: TwoStageStepTest
    return Methods.names().stream()
        .filter(name -> !name.equals("holistic") && !name.equals("defeat_head"))
        .toList();
  }

  @Test
  void aDiscriminatorLearnsBesideTheStudent() throws InterruptedException {
    List<StepReport> steps = run("holistic", "{name: holistic, channels: 4}");

    assertThat(steps).hasSize(STEPS).allMatch(step -> Double.isFinite(step.gradientNorm()));
    assertThat(value(steps.get(STEPS - 1))).isNotEqualTo(value(steps.get(STEPS - 1 - ENDS)));
  }

  @ParameterizedTest
  @MethodSource("names")
  void itsValueFallsAndItsGradientsStayFinite(String name) throws InterruptedException {
    // rows of the main region are weighed by the student's own score, which rises; the others not
    String region = name.equals("ld") ? ", region: vlr_paper" : "";
    List<StepReport> steps = run(name, "{name: " + name + region + "}");

    assertThat(steps).hasSize(STEPS).allMatch(step -> Double.isFinite(step.gradientNorm()));
    assertThat(mean(steps.subList(STEPS - ENDS, STEPS))).isLessThan(mean(steps.subList(0, ENDS)));
  }

  @Test
  void oneLevelContributesLessThanBoth() throws InterruptedException {
    StepReport both = run("both", "{name: fitnets, variant: official}").get(0);
    StepReport coarse = run("coarse", "{name: fitnets, variant: official, levels: [1]}").get(0);
    StepReport fine = run("fine", "{name: fitnets, variant: official, levels: [0]}").get(0);

    assertThat(coarse.losses().get("loss_fitnets")).isPositive();
    assertThat(coarse.losses().get("loss_fitnets") + fine.losses().get("loss_fitnets"))
        .isCloseTo(both.losses().get("loss_fitnets"), within(1e-4f));
    assertThat(coarse.gradientNorm()).isNotEqualTo(fine.gradientNorm());
  }

  @Test
  void aLossThatIsDetachedStaysZero() throws InterruptedException {
    List<StepReport> steps =
        run("detached", "{name: cwd, schedule: {warm-up-steps: 4, detach-epoch: 2}}");

    assertThat(value(steps.get(0))).isPositive().isLessThan(value(steps.get(3)));
    assertThat(steps.subList(8, STEPS)).allMatch(step -> value(step) == 0);
  }

  @Test
  void aLevelThatTheStudentLacksIsNamed() {
    assertThatThrownBy(() -> run("lacking", "{name: cwd, levels: [2]}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("cwd: levels: found [2], the student has 2 levels");
  }

  private List<StepReport> run(String folderName, String loss) throws InterruptedException {
    List<StepReport> steps = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(Trainer trainer, StepReport step) {
            steps.add(step);
          }
        };
    new TrainingRun(
            config(folder.resolve(folderName), loss),
            Start.FRESH,
            new SimpleMeterRegistry(),
            Progress.silentFactory(),
            List.of(listener))
        .run(replay);
    return steps;
  }

  private static TrainConfig config(Path out, String loss) {
    return ConfigLoader.bind(
        RunFiles.distilling(broker.bootstrapServers(), out),
        List.of(
            "epochs=5",
            "evaluation.split=none",
            "checkpoint.every-epochs=5",
            "detection={giou-weight: 0, dfl-weight: 0}",
            "student.octave-base-scale=2",
            "losses=[" + loss + "]"),
        TrainConfig.class,
        "test");
  }

  private static double mean(List<StepReport> steps) {
    return steps.stream().mapToDouble(EveryLossIT::value).average().orElseThrow();
  }

  /** The one distillation loss of a step. */
  private static double value(StepReport step) {
    return step.losses().entrySet().stream()
        .filter(loss -> !List.of("loss_cls", "loss_bbox", "loss_dfl").contains(loss.getKey()))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }
}
