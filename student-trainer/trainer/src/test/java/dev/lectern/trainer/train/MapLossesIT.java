package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.trainer.catalogue.LossCatalogue;
import dev.lectern.trainer.testing.SyntheticRecording;
import dev.lectern.trainer.train.TrainingRun.Start;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each loss that compares maps, in a run of its own on a real recording. */
class MapLossesIT {
  @TempDir static Path shared;
  @TempDir Path folder;
  private static EmbeddedBroker broker;
  private static SyntheticRecording recording;

  @BeforeAll
  static void record() throws InterruptedException {
    broker = EmbeddedBroker.start(shared.resolve("broker"));
    recording = new SyntheticRecording(broker.bootstrapServers());
    recording.record(0, 12, "train");
    recording.seal();
  }

  @AfterAll
  static void stop() {
    recording.close();
    broker.close();
  }

  static Stream<String> names() {
    return LossCatalogue.names().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void itsValueFallsAndItsGradientsStayFinite(String name) throws InterruptedException {
    List<StepReport> steps = run(name, "{name: " + name + "}");

    assertThat(steps).hasSize(24).allMatch(step -> Double.isFinite(step.gradientNorm()));
    assertThat(mean(steps.subList(20, 24), "loss_" + name))
        .isLessThan(mean(steps.subList(0, 4), "loss_" + name));
  }

  @Test
  void oneLevelContributesLessThanBoth() throws InterruptedException {
    StepReport both = run("both", "{name: fitnets}").get(0);
    StepReport coarse = run("coarse", "{name: fitnets, levels: [1]}").get(0);
    StepReport fine = run("fine", "{name: fitnets, levels: [0]}").get(0);

    assertThat(coarse.losses().get("loss_fitnets")).isPositive();
    assertThat(coarse.losses().get("loss_fitnets") + fine.losses().get("loss_fitnets"))
        .isCloseTo(both.losses().get("loss_fitnets"), within(1e-4f));
    assertThat(coarse.gradientNorm()).isNotEqualTo(fine.gradientNorm());
  }

  @Test
  void aLevelThatTheStudentLacksIsNamed() {
    assertThatThrownBy(() -> run("lacking", "{name: cwd, levels: [2]}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("losses.levels: found [2] for cwd, the student has 2 levels");
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
    TrainConfig config =
        ConfigLoader.bind(
            RunFiles.distilling(broker.bootstrapServers(), folder.resolve(folderName)),
            List.of(
                "epochs=6",
                "evaluation.split=none",
                "student.octave-base-scale=2",
                "losses=[" + loss + "]"),
            TrainConfig.class,
            "test");
    new TrainingRun(
            config,
            Start.FRESH,
            new SimpleMeterRegistry(),
            Progress.silentFactory(),
            List.of(listener))
        .run();
    return steps;
  }

  private static double mean(List<StepReport> steps, String loss) {
    return steps.stream().mapToDouble(step -> step.losses().get(loss)).average().orElseThrow();
  }
}
