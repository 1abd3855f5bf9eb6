package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.region.RegionRules;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.EncodingText;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.RegionPriors;
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
import org.junit.jupiter.params.provider.CsvSource;

/** Runs from a recording that keeps the logits of regions, beside one that keeps all. */
class RegionsIT {
  private static final String LOGITS =
      "losses=[{name: ld}, {name: ld, region: vlr}, {name: kd, region: vlr_paper, gamma: 0},"
          + " {name: kd}, {name: tbr}, {name: cwd}]";

  private static final String ONCE = "epochs=1";

  @TempDir static Path shared;
  @TempDir Path folder;
  private static EmbeddedBroker denseBroker;
  private static EmbeddedBroker sparseBroker;
  private static SyntheticRecording dense;
  private static SyntheticRecording sparse;

  @BeforeAll
  static void record() throws InterruptedException {
    denseBroker = EmbeddedBroker.start(shared.resolve("dense"));
    dense = new SyntheticRecording(denseBroker.bootstrapServers());
    sparseBroker = EmbeddedBroker.start(shared.resolve("sparse"));
    sparse = new SyntheticRecording(sparseBroker.bootstrapServers());
    sparse.keepRegions(
        List.of(RegionRules.atssVlr(List.of(8, 16), AnchorGenerator.square(2, 0), 9)));
    for (SyntheticRecording recording : List.of(dense, sparse)) {
      recording.record(0, 12, "train");
      recording.seal();
    }
  }

  @AfterAll
  static void stop() {
    dense.close();
    sparse.close();
    denseBroker.close();
    sparseBroker.close();
  }

  @Test
  void aRunLearnsTheSameFromRegionsAsFromEveryPosition() throws InterruptedException {
    List<StepReport> fromAll = run(denseBroker, "all", LOGITS);
    List<StepReport> fromRegions = run(sparseBroker, "regions", LOGITS);

    assertThat(fromRegions).hasSameSizeAs(fromAll).isNotEmpty();
    for (int step = 0; step < fromAll.size(); step++) {
      assertThat(fromRegions.get(step).losses()).isEqualTo(fromAll.get(step).losses());
      assertThat(fromRegions.get(step).gradientNorm()).isEqualTo(fromAll.get(step).gradientNorm());
    }
    assertThat(fromAll.get(0).losses().get("loss_ld")).isPositive();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          retinanet, depth: 1, channels: 8, bins: 8, octave-base-scale: 2 | vlr
          fcos, depth: 1, channels: 8, distances: distribution, bins: 8   | inside_box_without_main
          yolov8, bins: 8                                                 | vlr_paper
          """)
  void soDoStudentsOfOtherFamilies(String head, String region) throws InterruptedException {
    String name = head.replaceAll(",.*", "");
    String student = "student.head={family: " + head + "}";
    String losses =
        "losses=[{name: ld}, {name: ld, region: %s}, {name: kd}, {name: tbr}]".formatted(region);
    TrainConfig config = config(sparseBroker, name, student, losses);
    List<RegionPriors> rules =
        config.losses().stream()
            .flatMap(loss -> loss.needs().regions().stream())
            .distinct()
            .map(part -> config.regions(part).orElseThrow())
            .toList();
    try (SyntheticRecording recording =
        new SyntheticRecording(
            sparseBroker.bootstrapServers(),
            SyntheticRecording.DATASET,
            name + "-regions",
            SyntheticRecording.MIND,
            SyntheticRecording.CLASS_NAMES)) {
      recording.keepRegions(rules);
      recording.record(0, 12, "train");
      recording.seal();
    }

    List<StepReport> fromAll = run(denseBroker, name + "-all", student, losses);
    List<StepReport> fromRegions =
        run(sparseBroker, name, student, losses, "recording=" + name + "-regions");

    assertThat(fromRegions).hasSameSizeAs(fromAll).isNotEmpty();
    for (int step = 0; step < fromAll.size(); step++) {
      assertThat(fromRegions.get(step).losses()).isEqualTo(fromAll.get(step).losses());
    }
    assertThat(fromAll.get(0).losses().get("loss_ld")).isPositive();
    assertThatThrownBy(() -> run(sparseBroker, name + "-other", student, losses))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(EncodingText.of(rules.get(0)));
  }

  @Test
  void everythingThatIsMissingIsNamedAtTheStart() {
    assertThatThrownBy(
            () ->
                run(
                    sparseBroker,
                    "other",
                    "student.octave-base-scale=8",
                    "losses=[{name: ld}, {name: tbr}, {name: kd}, {name: cwd_logits},"
                        + " {name: cwd}]"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "recording 'shapes-teacher' does not suit the run: "
                + "ld, tbr: BOX_LOGITS: recorded regions are of priors with strides [8, 16],"
                + " grid-offset 0.0, octave-base-scale 2.0, topk 9, expected those of the student"
                + " with strides [8, 16], grid-offset 0.0, octave-base-scale 8.0, topk 9; "
                + "kd: CLASS_SCORES: recorded regions are of priors with strides [8, 16],"
                + " grid-offset 0.0, octave-base-scale 2.0, topk 9, expected those of the student"
                + " with strides [8, 16], grid-offset 0.0, octave-base-scale 8.0, topk 9; "
                + "cwd_logits: CLASS_SCORES: recorded positions are REGIONS, expected every"
                + " position");
    assertThatThrownBy(
            () -> run(sparseBroker, "topk", "objective.assign-topk=4", "losses=[{name: ld}]"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("topk 4");
  }

  @Test
  void topScoresAreLearnedWhereverTheyAreRecorded() throws InterruptedException {
    String everywhere =
        "losses=[{name: kd, region: recorded}, {name: ld, region: recorded}, {name: cwd}]";
    List<StepReport> dense = run(denseBroker, "recorded-all", everywhere);
    int cells = 16 * 16; // more than the finest level has
    List<StepReport> all = runOnTopScores(cells, "top-all", everywhere);
    List<StepReport> few = runOnTopScores(5, "top-5", everywhere);

    for (int step = 0; step < dense.size(); step++) {
      assertThat(all.get(step).losses()).isEqualTo(dense.get(step).losses());
      assertThat(few.get(step).losses().get("loss_kd_recorded")).isPositive().isFinite();
      assertThat(few.get(step).losses().get("loss_ld_recorded")).isPositive().isFinite();
    }
    assertThat(few.get(0).losses().get("loss_kd_recorded"))
        .isNotEqualTo(dense.get(0).losses().get("loss_kd_recorded"));
    assertThatThrownBy(() -> runOnTopScores(5, "top-main", "losses=[{name: ld}]"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "ld: BOX_LOGITS: recorded positions are the 5 highest scores per level, expected those"
                + " of regions");
  }

  @Test
  void viewsThatNobodyAnnotatedTeachWhereTheTeacherFindsObjects() throws InterruptedException {
    // Given
    String features = "losses=[{name: imitation, region: inside_box}, {name: defeat}]";
    String boxes = "losses=[{name: kd, region: teacher_boxes}, {name: ld, region: teacher_boxes}]";
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("some-broker"));
        SyntheticRecording recording = new SyntheticRecording(broker.bootstrapServers())) {
      recording.record(0, 6, "train");
      recording.leaveUnlabelled("train");
      recording.record(6, 12, "train");
      recording.seal();

      // When
      List<StepReport> found = run(broker, "found", LOGITS, ONCE, "teacher-boxes.score=0.8");
      List<StepReport> doubted =
          run(
              broker,
              "doubted",
              LOGITS,
              ONCE,
              "teacher-boxes.score=0.8",
              "teacher-boxes.min-confidence=1");
      List<StepReport> pseudo =
          run(
              broker,
              "pseudo",
              LOGITS,
              ONCE,
              "teacher-boxes.score=0.8",
              "teacher-boxes.pseudo-labels=0.9");
      List<StepReport> ofFeatures = run(broker, "features", ONCE, features);
      List<StepReport> inside = run(broker, "inside", boxes, ONCE, "teacher-boxes.score=0.8");

      // Then
      assertThat(found.stream().mapToInt(StepReport::unlabelled).sum()).isEqualTo(6);
      assertThat(found.stream().mapToInt(StepReport::doubted).sum()).isZero();
      assertThat(doubted.stream().mapToInt(StepReport::doubted).sum()).isEqualTo(12);
      assertThat(doubted.get(0).losses()).isEqualTo(found.get(0).losses());
      assertThat(doubted.get(0).gradientNorm()).isLessThan(found.get(0).gradientNorm());
      assertThat(found.stream().mapToInt(StepReport::pseudoLabels).sum()).isZero();
      assertThat(pseudo.stream().mapToInt(StepReport::pseudoLabels).sum()).isPositive();
      assertThat(pseudo.get(0).losses().get("loss_cls"))
          .isNotEqualTo(found.get(0).losses().get("loss_cls"));
      assertThat(ofFeatures.get(0).losses().get("loss_imitation_inside_box")).isPositive();
      assertThat(inside.get(0).losses().get("loss_kd_teacher_boxes")).isPositive();
      assertThat(inside.get(0).losses().get("loss_ld_teacher_boxes")).isPositive();
      assertThat(folder.resolve("pseudo").resolve("metrics.jsonl"))
          .content()
          .contains("\"unlabelled\":", "\"pseudo-labels\":");
    }
  }

  @Test
  void aStudentSeesViewsSmallerThanTheTeacherDid() throws InterruptedException {
    // Half the size: the teacher's strides of 8 and 16 are 4 and 8 there, exactly
    List<StepReport> half =
        run(
            denseBroker,
            "half",
            ONCE,
            LOGITS,
            "student.input-size=32x32",
            "evaluation.split=train");
    // 48 of 64: strides of 6 and 12 are none of the student's, levels pair by position
    List<StepReport> odd =
        run(
            denseBroker,
            "odd",
            ONCE,
            "losses=[{name: kd}, {name: cwd}, {name: cwd_logits}, {name: ld}, {name: tbr}, {name: bckd}]",
            "student.input-size=48x48");

    for (String loss : List.of("loss_ld", "loss_kd", "loss_cwd")) {
      assertThat(half.get(0).losses().get(loss)).as(loss).isPositive();
    }
    for (String loss : List.of("loss_kd", "loss_cwd", "loss_cwd_logits", "loss_ld", "loss_bckd")) {
      assertThat(odd.get(0).losses().get(loss)).as(loss).isPositive();
    }
    assertThat(folder.resolve("half").resolve("metrics.jsonl")).content().contains("\"AP\"");
    assertThatThrownBy(() -> run(sparseBroker, "boxes", LOGITS, "student.input-size=48x48"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "ld, tbr: BOX_LOGITS: not comparable at student.input-size 48x48, where the teacher's"
                + " cells are not the student's: expected a recording of every position");
    assertThatThrownBy(
            () ->
                run(
                    denseBroker,
                    "weights",
                    "losses=[{name: kd}]",
                    "student.input-size=48x48",
                    "teacher-boxes.weight=agreement"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "teacher-boxes: found no recording whose boxes can be decoded at student.input-size"
                + " 48x48");
    assertThatThrownBy(() -> run(denseBroker, "large", LOGITS, "student.input-size=80x80"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("student.input-size: found 80x80");
    assertThatThrownBy(
            () ->
                run(
                    denseBroker,
                    "odd",
                    Start.RESUME,
                    ONCE,
                    "losses=[{name: kd}, {name: cwd}, {name: cwd_logits}, {name: ld}, {name: tbr}, {name: bckd}]",
                    "student.input-size=32x32"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("input-size");
  }

  @Test
  void whatARecordingOfRegionsLacksOfUnlabelledViewsIsLeftOut() throws InterruptedException {
    // Given: of unlabelled views positions that are not those of the teacher's boxes
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("lacking-broker"));
        SyntheticRecording recording = new SyntheticRecording(broker.bootstrapServers())) {
      recording.keepRegions(
          List.of(RegionRules.atssVlr(List.of(8, 16), AnchorGenerator.square(2, 0), 9)));
      recording.leaveUnlabelled("train");
      recording.record(0, 12, "train");
      recording.seal();

      // When
      List<StepReport> found = run(broker, "lacking", ONCE, LOGITS.replace(", {name: cwd}", ""));

      // Then
      assertThat(found.get(0).unlabelled()).isEqualTo(3);
      assertThat(found.get(0).losses().get("loss_ld")).isPositive().isFinite();
      assertThat(found.get(0).losses().get("loss_kd")).isPositive().isFinite();
      assertThat(found.get(0).losses().get("loss_cls")).isZero();
    }
  }

  private List<StepReport> runOnTopScores(int positions, String name, String losses)
      throws InterruptedException {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve(name + "-broker"));
        SyntheticRecording recording = new SyntheticRecording(broker.bootstrapServers())) {
      recording.keepTopScores(positions);
      recording.record(0, 12, "train");
      recording.seal();
      return run(broker, name, losses);
    }
  }

  private TrainConfig config(EmbeddedBroker broker, String name, String... settings) {
    return ConfigLoader.bind(
        RunFiles.distilling(broker.bootstrapServers(), folder.resolve(name)),
        Stream.of(
                Stream.of("epochs=2", "evaluation.split=none"),
                String.join(" ", settings).contains("student.head")
                    ? Stream.of(
                        "student={classes: 2, strides: [8, 16], backbone: {depth: 18, width: 8}, neck: {channels: 8}}")
                    : Stream.of("student.octave-base-scale=2"),
                Stream.of(settings))
            .flatMap(some -> some)
            .toList(),
        TrainConfig.class,
        "test");
  }

  private List<StepReport> run(EmbeddedBroker broker, String name, String... settings)
      throws InterruptedException {
    return run(broker, name, Start.FRESH, settings);
  }

  private List<StepReport> run(EmbeddedBroker broker, String name, Start start, String... settings)
      throws InterruptedException {
    List<StepReport> steps = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(Trainer trainer, StepReport step) {
            steps.add(step);
          }
        };
    new TrainingRun(
            config(broker, name, settings),
            start,
            new SimpleMeterRegistry(),
            Progress.silentFactory(),
            List.of(listener))
        .run();
    return steps;
  }
}
