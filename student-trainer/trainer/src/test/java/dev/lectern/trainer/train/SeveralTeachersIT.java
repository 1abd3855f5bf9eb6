package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.trainer.testing.SyntheticRecording;
import dev.lectern.trainer.train.TrainingRun.Start;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on recordings of one dataset by several teachers. */
class SeveralTeachersIT {
  private static final String FIRST = SyntheticRecording.RECORDING;
  private static final String SAME = "same-mind";
  private static final String OTHER = "other-mind";
  private static final String LACKING = "lacking";
  private static final String BOTH = "recordings=[" + FIRST + ", " + OTHER + "]";

  @TempDir static Path shared;
  @TempDir Path folder;
  private static EmbeddedBroker broker;

  @BeforeAll
  static void record() throws InterruptedException {
    broker = EmbeddedBroker.start(shared.resolve("broker"));
    try (SyntheticRecording first = new SyntheticRecording(broker.bootstrapServers());
        SyntheticRecording same = recording(SAME, SyntheticRecording.MIND, "red", "blue");
        SyntheticRecording other = recording(OTHER, OTHER, "green", "red", "blue");
        SyntheticRecording lacking = recording(LACKING, LACKING, "red", "green")) {
      first.record(0, 12, "train");
      first.seal();
      for (SyntheticRecording recording : List.of(same, other, lacking)) {
        recording.recordViewsOf(first);
        recording.seal();
      }
    }
  }

  private static SyntheticRecording recording(String name, String mind, String... classNames)
      throws InterruptedException {
    return new SyntheticRecording(
        broker.bootstrapServers(), SyntheticRecording.DATASET, name, mind, List.of(classNames));
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void theOrderOfATeachersClassesDoesNotMatter() throws InterruptedException {
    // Given a teacher that says the same with its classes in another order
    TrainingRun.Result straight = run("straight", Start.FRESH, "recordings=[" + FIRST + "]");

    // When
    TrainingRun.Result permuted = run("permuted", Start.FRESH, "recordings=[" + SAME + "]");

    // Then
    assertThat(permuted.student()).hasSameBinaryContentAs(straight.student());
  }

  @Test
  void twoHalfTeachersOfOneMindAreWorthOne() throws InterruptedException {
    StepReport one =
        steps("one", "recordings=[" + FIRST + "]", "losses=[{name: kd}, {name: ld}]").get(0);

    StepReport two =
        steps(
                "two",
                "recordings=[" + FIRST + ", " + SAME + "]",
                "losses=[{name: kd, teachers: [{recording: "
                    + FIRST
                    + ", weight: 0.5}, {recording: "
                    + SAME
                    + ", weight: 0.5}]}, {name: ld, teachers: ["
                    + SAME
                    + "]}]")
            .get(0);

    assertThat(two.losses().get("loss_kd@" + FIRST))
        .isEqualTo(two.losses().get("loss_kd@" + SAME))
        .isCloseTo(one.losses().get("loss_kd") / 2, within(1e-5f));
    assertThat(two.losses().get("loss_ld@" + SAME)).isEqualTo(one.losses().get("loss_ld"));
    assertThat(two.losses()).doesNotContainKey("loss_ld@" + FIRST);
    assertThat(two.total()).isCloseTo(one.total(), within(1e-4));
  }

  @Test
  void aStoppedRunGoesOnWhereItWas() throws InterruptedException, IOException {
    // Given a run on two teachers with learned adapters for each, stopped after its fifth step
    TrainingRun[] held = new TrainingRun[1];
    TrainingListener stopper =
        new TrainingListener() {
          @Override
          public void stepped(Trainer trainer, StepReport step) {
            if (step.globalStep() == 5) {
              held[0].stop();
            }
          }
        };
    held[0] = training("stopped", Start.FRESH, List.of(stopper), BOTH);
    assertThat(held[0].run().done()).isFalse();

    // When
    TrainingRun.Result resumed = run("stopped", Start.RESUME, BOTH);

    // Then
    TrainingRun.Result whole = run("whole", Start.FRESH, BOTH);
    assertThat(resumed.student()).hasSameBinaryContentAs(whole.student());
    assertThat(Files.readAllLines(folder.resolve("whole/metrics.csv")).get(0))
        .contains("loss_cwd@" + FIRST + ",loss_cwd@" + OTHER);
  }

  @Test
  void aRunOnOpenRecordingsGoesOnWhenOneWasSealedMeanwhile() throws InterruptedException {
    // Given a run on two open recordings, stopped in its first epoch
    String both = "recordings=[growing, growing-too]";
    try (SyntheticRecording one = growing("growing");
        SyntheticRecording two = growing("growing-too")) {
      one.record(0, 12, "train");
      two.recordViewsOf(one);
      TrainingRun[] held = new TrainingRun[1];
      TrainingListener stopper =
          new TrainingListener() {
            @Override
            public void stepped(Trainer trainer, StepReport step) {
              held[0].stop();
            }
          };
      held[0] = training("growing", Start.FRESH, List.of(stopper), both);
      assertThat(held[0].run().done()).isFalse();

      // When
      one.seal();
      TrainingRun.Result resumed = run("growing", Start.RESUME, both);

      // Then
      assertThat(resumed.done()).isTrue();
      two.seal();
      assertThat(run("growing", Start.RESUME, both).done()).isTrue();
    }
  }

  private static SyntheticRecording growing(String name) throws InterruptedException {
    return new SyntheticRecording(
        broker.bootstrapServers(), "growing-shapes", name, name, List.of("red", "blue"));
  }

  @Test
  void otherRecordingsAreAnotherRun() throws InterruptedException {
    run("mixed", Start.FRESH, BOTH, "epochs=1");

    assertThatThrownBy(() -> run("mixed", Start.RESUME, "recordings=[" + FIRST + ", " + SAME + "]"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "of another run: recording is shapes-teacher, same-mind, was shapes-teacher,"
                + " other-mind");
  }

  @Test
  void aTeacherThatLacksAClassTeachesBoxesAndFeaturesOnly() throws InterruptedException {
    String recordings = "recordings=[" + FIRST + ", " + LACKING + "]";
    List<StepReport> steps =
        steps(
            "boxes",
            recordings,
            "losses=[{name: kd, teachers: ["
                + FIRST
                + "]}, {name: ld}, {name: cwd, teachers: ["
                + LACKING
                + "]}]");
    assertThat(steps.get(0).losses())
        .containsKeys("loss_kd@" + FIRST, "loss_ld@" + LACKING, "loss_cwd@" + LACKING);

    assertThatThrownBy(() -> steps("classes", recordings, "losses=[{name: kd}, {name: ld}]"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "recording 'lacking' does not suit the run: kd: the teacher does not know [blue], which the student learns; the key"
                + " classes maps others onto them, and box logits and features need none");
    // Given a map that takes its other class for the one that it lacks
    assertThat(
            steps(
                    "mapped",
                    recordings,
                    "losses=[{name: kd}, {name: ld}]",
                    "classes={blue: [blue, green], red: []}")
                .get(0)
                .losses())
        .containsKeys("loss_kd@" + FIRST, "loss_kd@" + LACKING);
  }

  @Test
  void aStudentOfMergedClassesLearnsTheLargerLogitAndEveryObject() throws InterruptedException {
    // Given a student that does not tell colours apart, and a teacher that knows a third one
    String recordings = "recordings=[" + OTHER + "]";

    // When
    List<StepReport> steps =
        steps(
            "merged",
            recordings,
            "losses=[{name: cwd_logits}]",
            "student.classes=1",
            "student.octave-base-scale=2",
            "classes={thing: [blue, red, green]}",
            "evaluation.split=train");

    // Then
    assertThat(steps.get(0).losses().get("loss_cwd_logits")).isPositive();
    assertThat(steps.get(0).losses().get("loss_bbox")).isPositive();
    assertThatThrownBy(
            () -> steps("typo", recordings, "classes={thing: [bleu, red]}", "student.classes=1"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "classes.thing: found 'bleu' (did you mean 'blue'?), expected a class of the dataset or"
                + " of a teacher");
    assertThatThrownBy(
            () ->
                steps(
                    "other", recordings, "classes={thing: [green], red: []}", "student.classes=2"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("classes.thing: found no class of dataset 'shapes'");
  }

  private List<StepReport> steps(String name, String... overrides) throws InterruptedException {
    List<StepReport> steps = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(Trainer trainer, StepReport step) {
            steps.add(step);
          }
        };
    training(name, Start.FRESH, List.of(listener), concat(overrides, "epochs=1")).run();
    return steps;
  }

  private static String[] concat(String[] overrides, String last) {
    return Stream.concat(Stream.of(overrides), Stream.of(last)).toArray(String[]::new);
  }

  private TrainingRun.Result run(String name, Start start, String... overrides)
      throws InterruptedException {
    return training(name, start, List.of(), overrides).run();
  }

  private TrainingRun training(
      String name, Start start, List<TrainingListener> listeners, String... overrides) {
    String yaml =
        RunFiles.distilling(broker.bootstrapServers(), folder.resolve(name))
            .replaceFirst("recording: .*\n", "");
    TrainConfig config =
        ConfigLoader.bind(
            yaml, List.of(concat(overrides, "evaluation.split=none")), TrainConfig.class, "test");
    return new TrainingRun(
        config, start, new SimpleMeterRegistry(), Progress.silentFactory(), listeners);
  }
}
