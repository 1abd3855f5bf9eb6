package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.CellAnchors;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.ValueEncoding;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.distil.Needs;
import dev.lectern.trainer.testing.SyntheticRecording;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a student can learn of a teacher, and why not the rest. */
class TeacherAndStudentTest {
  private static final String STUDENT =
      "recording: r\nout: o\nstudent: {classes: 2, strides: [8, 16], backbone: {width: 4}, neck:"
          + " {channels: 6}, head: {bins: 8, depth: 1, channels: 8, octave-base-scale: 2}}\n";

  private final RecordingManifest recording = SyntheticRecording.manifest(State.SEALED, 1);

  private TeacherAndStudent pair(String... settings) {
    return pair(List.of(6, 6), settings);
  }

  private TeacherAndStudent pair(List<Integer> channels, String... settings) {
    TrainConfig run =
        ConfigLoader.bind(STUDENT, Arrays.asList(settings), TrainConfig.class, "test");
    return TeacherAndStudent.of(
        run, channels, recording, run.classes().apply(SyntheticRecording.datasetManifest()));
  }

  private static List<String> obstacles(TeacherAndStudent pair, String method) {
    return pair.obstacles(Methods.of(method));
  }

  @Test
  void everyMethodAppliesToATeacherLikeTheStudent() {
    for (String method : Methods.names()) {
      if (method.equals("defeat_head")) {
        assertThat(obstacles(pair(), method)).containsExactly("INSTANCES: not recorded");
        continue;
      }
      assertThat(obstacles(pair(), method)).as(method).isEmpty();
      assertThat(pair().conversions(Methods.of(method)))
          .as(method)
          .hasSize(method.equals("mimic") ? 1 : 0);
    }
  }

  @Test
  void classesUnderASoftmaxOrABackgroundAreNotSigmoids() {
    recording.getDescriptor().getClasses().setActivation(ClassActivation.SOFTMAX);
    recording.getDescriptor().getClasses().setBackground(Background.LAST);

    String expected =
        "the teacher's classes are SOFTMAX with background LAST, expected a sigmoid for each class"
            + " and no background";
    assertThat(obstacles(pair(), "kd")).containsExactly(expected);
    assertThat(obstacles(pair(), "score_weighted")).containsExactly(expected);
    assertThat(obstacles(pair(), "ld")).isEmpty();
    assertThat(obstacles(pair(), "fgd")).isEmpty();
  }

  @Test
  void classScoresBesideAnObjectnessAreNoScores() {
    recording.getDescriptor().setQuality(BoxQuality.OBJECTNESS);
    assertThat(obstacles(pair(), "bckd"))
        .containsExactly(
            "the teacher's scores are class scores times OBJECTNESS, expected class logits that are"
                + " scores by themselves");
    recording.getDescriptor().setQuality(BoxQuality.CENTERNESS);
    assertThat(obstacles(pair(), "bckd")).isEmpty();
  }

  @Test
  void aTeacherWithoutDistributionsTeachesEverythingElse() {
    recording.getDescriptor().setBoxes(BoxCoding.newBuilder().setForm(BoxForm.LTRB).build());

    assertThat(obstacles(pair(), "ld"))
        .containsExactly("the teacher's boxes are LTRB, expected distributions");
    assertThat(obstacles(pair(), "tbr")).isEmpty();
    assertThat(obstacles(pair(), "bckd")).isEmpty();
  }

  @Test
  void aStudentWithoutDistributionsIsNamed() {
    TeacherAndStudent atss =
        pair("student.head={family: atss, depth: 1, channels: 8}", "objective={}");

    assertThat(obstacles(atss, "ld"))
        .containsExactly(
            "the student's boxes are DELTA (head.family atss), expected distributions");
    assertThat(obstacles(atss, "kd")).isEmpty();
  }

  @Test
  void aStudentOfTwoStagesTakesACellOfTheTeacherForEachObject() {
    TeacherAndStudent twoStages =
        pair("student.head={family: faster_rcnn, octave-base-scale: 2}", "objective={}");
    String notCells =
        "the student's classes and boxes are of proposals (head.family faster_rcnn) and the"
            + " teacher's of cells, expected proposals of both";

    for (String method : Methods.names()) {
      Needs needs = Methods.of(method).needs();
      if (needs.kinds(false).contains(TensorKind.INSTANCES)) {
        assertThat(obstacles(twoStages, method)).as(method).contains("INSTANCES: not recorded");
      } else if (needs.distributions()) {
        assertThat(obstacles(twoStages, method))
            .as(method)
            .containsExactly(
                "the student's boxes are DELTA (head.family faster_rcnn), expected distributions");
      } else if (Set.of("kd", "tbr", "mimic").contains(method)
          || !needs.kinds(true).contains(TensorKind.INSTANCES)) {
        assertThat(obstacles(twoStages, method)).as(method).isEmpty();
      } else {
        assertThat(obstacles(twoStages, method)).as(method).containsExactly(notCells);
      }
    }
    assertThat(twoStages.conversions(Methods.of("kd")))
        .contains(
            "each object takes the teacher's cell in it whose score and box suit it best, the"
                + " background left out");
    assertThat(obstacles(twoStages, "{name: kd, region: vlr}"))
        .containsExactly(
            "region vlr: of the teacher's cells one stands for each object, expected main");
  }

  @Test
  void aStudentOfTwoStagesReadsNoCellsOfAnotherGrid() {
    TeacherAndStudent twoStages =
        pair(
            "student.head={family: faster_rcnn, octave-base-scale: 2}",
            "objective={}",
            "student.input-size=48x48");

    assertThat(obstacles(twoStages, "kd"))
        .containsExactly(
            "the student has two stages, and at student.input-size 48x48 it has none of the teacher's"
                + " strides: expected views of the teacher's size");
  }

  @Test
  void aSegmentationNetworkLearnsMapsAndNeitherObjectsNorSigmoids() {
    recording.getDescriptor().setTask(Task.SEGMENTATION);
    recording.getDescriptor().getClasses().setActivation(ClassActivation.SOFTMAX);
    TeacherAndStudent pixels =
        pair(
            List.of(6),
            "student={classes: 2, backbone: {width: 4}, head: {family: pspnet, channels: 6}}");

    for (String method :
        List.of(
            "cwd",
            "cwd_logits",
            "pixelwise",
            "pixelwise_features",
            "pixelwise_cross_entropy",
            "pairwise",
            "ifvd",
            "holistic",
            "attention_transfer",
            "local_affinity")) {
      assertThat(obstacles(pixels, method)).as(method).isEmpty();
    }
    for (String method : List.of("kd", "ld", "tbr", "gid", "fgd", "bckd", "score_weighted")) {
      assertThat(obstacles(pixels, method))
          .as(method)
          .containsExactly(
              "the student gives classes of pixels, a softmax each (head.family pspnet), expected a"
                  + " detector");
    }
  }

  @Test
  void aDetectorLearnsNothingFromClassesOfPixels() {
    recording.getDescriptor().setTask(Task.SEGMENTATION);

    assertThat(obstacles(pair(), "fitnets"))
        .containsExactly(
            "the teacher is for SEGMENTATION and the student for DETECTION, expected one task of"
                + " both");
  }

  @Test
  void theBestOfACellsAnchorsServesAStudentOfOne() {
    recording
        .getDescriptor()
        .getPriors()
        .setAnchors(
            CellAnchors.newBuilder()
                .setSizes(List.of(List.of(8.0, 16.0, 32.0), List.of(16.0, 32.0, 64.0)))
                .setRatios(List.of(1.0))
                .build());

    assertThat(obstacles(pair(), "kd")).isEmpty();
    assertThat(pair().conversions(Methods.of("kd")))
        .containsExactly("the largest logit of the teacher's 3 anchors of a cell");
    assertThat(obstacles(pair(), "tbr")).isEmpty();
    assertThat(pair().conversions(Methods.of("tbr")))
        .containsExactly("the box of the largest logit of the teacher's 3 anchors of a cell");
    assertThat(obstacles(pair(), "cwd")).isEmpty();
    assertThat(obstacles(pair("student.head={family: retinanet, depth: 1, channels: 8}"), "kd"))
        .containsExactly(
            "the teacher has 3 anchors per cell and the student 9, expected as many, or one of"
                + " either");
  }

  @Test
  void anchorsAreRoundedOnTheTeachersOwnCanvas() {
    recording
        .getDescriptor()
        .getPriors()
        .setAnchors(
            CellAnchors.newBuilder()
                .setSizes(List.of(List.of(8.0), List.of(14.0)))
                .setRatios(List.of(1.0))
                .setRounded(true)
                .build());

    // half of 14 pixels, and not 4, which is 3.5 rounded
    assertThat(
            pair("student.input-size=32x32").teacherBoxes().priors().sizesInStrides(new int[] {0}))
        .containsExactly(7 / 8f, 7 / 8f);
  }

  @Test
  void classScoresChooseAmongTheAnchorsOfACell() {
    recording
        .getDescriptor()
        .getPriors()
        .setAnchors(
            CellAnchors.newBuilder()
                .setSizes(List.of(List.of(8.0, 16.0), List.of(16.0, 32.0)))
                .setRatios(List.of(1.0))
                .build());
    recording.setEncodings(
        recording.getEncodings().stream()
            .filter(encoding -> encoding.getKind() != TensorKind.CLASS_SCORES)
            .toList());

    assertThat(obstacles(pair(), "ld")).containsExactly("CLASS_SCORES: not recorded");
    assertThat(obstacles(pair(), "cwd")).isEmpty();
  }

  @Test
  void otherBinsAndOffsetsAreConverted() {
    assertThat(
            pair("student.head.bins=17", "student.grid-offset=0.5").conversions(Methods.of("ld")))
        .containsExactly(
            "box distributions of 8 bins re-binned to 17, prior centres 0.5 of a cell apart");
  }

  @Test
  void whatIsNotRecordedIsTheOnlyReason() {
    recording.setEncodings(
        recording.getEncodings().stream()
            .filter(encoding -> encoding.getKind() == TensorKind.FPN_FEATURES)
            .toList());

    assertThat(obstacles(pair(), "kd")).containsExactly("CLASS_SCORES: not recorded");
    assertThat(obstacles(pair(), "ld")).containsExactly("BOX_LOGITS: not recorded");
    assertThat(obstacles(pair(), "cwd")).isEmpty();
  }

  @Test
  void stridesInCommonAreComparedUnlessOthersAreChosen() {
    TeacherAndStudent pair = pair(List.of(6, 6, 6), "student.strides=[8, 16, 32]");

    for (String method : Methods.names()) {
      if (!method.equals("defeat_head")) {
        assertThat(obstacles(pair, method)).as(method).isEmpty();
      }
    }
    assertThat(pair.conversions(Methods.of("kd")))
        .containsExactly("only on the strides in common: [8, 16]");
    assertThat(pair.conversions(Methods.of("token_cosine"))).isEmpty();
    assertThat(obstacles(pair, "{name: cwd, levels: [0, 1]}")).isEmpty();
    assertThat(obstacles(pair, "{name: cwd, levels: [1, 2]}"))
        .containsExactly("the teacher has no level of stride [32], it has [8, 16]");
    assertThat(obstacles(pair(List.of(6, 6), "student.strides=[32, 64]"), "kd"))
        .containsExactly("the teacher has no level of stride [32, 64], it has [8, 16]");
    assertThat(obstacles(pair, "token_cosine")).isEmpty();
    assertThat(obstacles(pair, "{name: cwd, levels: [3]}"))
        .contains("levels: found [3], the student has 3 levels");
  }

  @Test
  void featuresBesideQueriesNameTheirLevelsWhereTheTeacherLacksSome() {
    recording.setEncodings(
        List.of(
            TensorEncoding.FLOAT32.of(TensorKind.FPN_FEATURES),
            TensorEncoding.FLOAT32.of(TensorKind.INSTANCES)));
    recording
        .getDescriptor()
        .setTensors(
            List.of(
                tensor("fpn.0", TensorKind.FPN_FEATURES, List.of(6, 8, 8), 8),
                tensor("fpn.1", TensorKind.FPN_FEATURES, List.of(6, 4, 4), 16),
                tensor("rows", TensorKind.INSTANCES, List.of(1), null),
                tensor("boxes", TensorKind.INSTANCES, List.of(5, 4), null),
                tensor("logits", TensorKind.INSTANCES, List.of(5, 2), null)));
    TeacherAndStudent pair = pair(List.of(6, 6, 6), "student.strides=[8, 16, 32]");
    Method kd = Methods.of("kd");
    Method fitnets = Methods.of("fitnets");

    assertThat(obstacles(pair, "kd")).isEmpty();
    assertThat(obstacles(pair, "fitnets")).isEmpty();
    assertThatThrownBy(() -> Correspondence.of(pair, List.of(kd, fitnets), 2))
        .hasMessageContaining(
            "fitnets: levels: found all beside losses on the teacher's instances, expected those"
                + " that it has features of: [0, 1]");
    assertThat(
            Correspondence.of(pair, List.of(kd, Methods.of("{name: fitnets, levels: [0, 1]}")), 2)
                .inCommon())
        .hasSize(2);
    assertThat(Correspondence.of(pair, List.of(fitnets), 2).seen()).containsExactly(0, 1);
  }

  private static RecordedTensor tensor(
      String name, TensorKind kind, List<Integer> shape, Integer stride) {
    return new RecordedTensor(name, kind, name, shape, stride, "");
  }

  @Test
  void channelsCountLevelByLevel() {
    assertThat(obstacles(pair(List.of(6, 8)), "{name: cwd, adapter: none}"))
        .containsExactly(
            "adapter: found none, but the student's features have [6, 8] channels and the teacher's"
                + " [6, 6]");
    assertThat(obstacles(pair(List.of(6, 8)), "{name: cwd, adapter: none, levels: [0]}")).isEmpty();
    assertThat(obstacles(pair(List.of()), "cwd"))
        .containsExactly("the student's network offers no features");
  }

  @Test
  void precisionIsCompared() {
    recording.setEncodings(
        recording.getEncodings().stream()
            .map(encoding -> KindEncoding.newBuilder(encoding).build())
            .toList());
    recording.getEncodings().forEach(encoding -> encoding.setValues(ValueEncoding.INT8));

    assertThat(obstacles(pair(), "{name: cwd, precision: float16}"))
        .containsExactly("FPN_FEATURES: recorded values are INT8, expected FLOAT16 or finer");
  }

  @Test
  void aStudentOfOneClassLearnsNothingFromASoftmax() {
    TeacherAndStudent one = pair("student.classes=1", "classes={thing: [blue, red]}");

    assertThat(obstacles(one, "{name: kd, form: softmax}").get(0))
        .startsWith("a softmax over one class is always 1");
    assertThat(obstacles(one, "bckd")).isEmpty();
  }
}
