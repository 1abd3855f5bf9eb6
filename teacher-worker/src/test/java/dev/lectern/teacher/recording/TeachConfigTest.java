package dev.lectern.teacher.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.region.RegionRules;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.FamilyPreset;
import dev.lectern.schemas.descriptor.HeadLevel;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RegionRule;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.Values;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TeachConfigTest {
  private static final String REQUIRED =
      "dataset: mini\nrecording: mini-plus\nteacher: t.yaml\nmodel: m.onnx\n";

  @Test
  void everyOtherKeyHasItsDefault() {
    // When
    TeachConfig config = bind(REQUIRED);

    // Then
    int processors = Runtime.getRuntime().availableProcessors();
    assertThat(config.tensorKinds()).isEmpty();
    assertThat(config.encoding().classScores()).isEqualTo(Values.FLOAT16);
    assertThat(config.encoding().boxLogits()).isEqualTo(Values.FLOAT16);
    assertThat(config.encoding().fpnFeatures()).isEqualTo(Values.INT8);
    assertThat(config.device()).isEqualTo("cpu");
    assertThat(config.pipeline().threads()).isEqualTo(processors);
    assertThat(config.pipeline().lanes()).isEqualTo(4);
    assertThat(config.pipeline().decodeThreads()).isEqualTo(Math.max(1, processors / 4));
    assertThat(config.pipeline().encodeThreads()).isEqualTo(Math.max(1, processors / 4));
    assertThat(config.pipeline().batchWaitMs()).isEqualTo(20);
    assertThat(config.pipeline().sendBufferBytes()).isEqualTo(64L << 20);
    assertThat(config.pipeline().drainSeconds()).isEqualTo(60);
    assertThat(config.untilSealed()).isFalse();
    assertThat(config.worker()).endsWith("-" + ProcessHandle.current().pid());
    assertThat(config).isEqualTo(TeachConfig.of("mini", "mini-plus", "t.yaml", "m.onnx"));
  }

  @Test
  void kindsAndEncodingsAreReadByTheirNames() {
    // When
    TeachConfig config =
        bind(
            REQUIRED
                + "kinds: [class-scores, box-logits]\n"
                + "encoding: {box-logits: float32, fpn-features: float16, class-scores: int8}\n"
                + "until-sealed: true\n");

    // Then
    assertThat(config.tensorKinds())
        .containsExactly(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS);
    assertThat(config.encoding().valuesOf(TensorKind.BOX_LOGITS)).isEqualTo(Values.FLOAT32);
    assertThat(config.encoding().valuesOf(TensorKind.CLASS_SCORES)).isEqualTo(Values.INT8);
    assertThat(config.encoding().valuesOf(TensorKind.FPN_FEATURES)).isEqualTo(Values.FLOAT16);
    assertThat(config.untilSealed()).isTrue();
  }

  @Test
  void positionsAndPriorsAreReadByTheirNames() {
    TeachConfig config =
        bind(
            REQUIRED
                + "encoding:\n"
                + "  class-scores: fixed24\n"
                + "  class-positions: regions\n"
                + "  box-positions: top-score\n"
                + "  top-score: 7\n"
                + "  priors: [{grid-offset: 0.5, octave-base-scale: 5, strides: [8, 16]}]\n");

    Encoding encoding = config.encoding();
    assertThat(encoding.valuesOf(TensorKind.CLASS_SCORES)).isEqualTo(Values.FIXED24);
    assertThat(encoding.positionsOf(TensorKind.CLASS_SCORES)).isEqualTo(Positions.REGIONS);
    assertThat(encoding.positionsOf(TensorKind.BOX_LOGITS)).isEqualTo(Positions.TOP_SCORE);
    assertThat(encoding.positionsOf(TensorKind.FPN_FEATURES)).isEqualTo(Positions.DENSE);
    assertThat(encoding.topScore()).isEqualTo(7);
    assertThat(encoding.priors()).containsExactly(square(List.of(8, 16), 0.5, 5, 9));
    assertThatThrownBy(() -> bind(REQUIRED + "encoding: {top-score: 0}\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("encoding.top-score: found 0, expected a whole number, 1 or more");
  }

  @Test
  void theBatchOfAStudentIsAKeyAndThatOfATeacherStandsInItsFile() {
    String student = "dataset: mini\nrecording: r\nmodel: run/student.safetensors\n";

    assertThat(bind(student).pipeline().studentBatchSize()).isEqualTo(8);
    assertThat(bind(student + "batch-size: 1\n").pipeline().studentBatchSize()).isEqualTo(1);
    assertThatThrownBy(() -> bind(REQUIRED + "batch-size: 1\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("batch-size: found 1 beside teacher ")
        .hasMessageContaining("expected it in that file");
  }

  private static Encoding.Priors square(
      List<Integer> strides, Double gridOffset, double scale, int topk) {
    return new Encoding.Priors(
        RegionRule.ATSS_VLR, strides, gridOffset, scale, topk, 1, List.of(1.0), 0.5, 0, null, 0);
  }

  @Test
  void rulesOfOtherFamiliesTakeTheTeachersLevels() {
    Encoding encoding =
        bind(REQUIRED
                + """
                    encoding:
                      class-positions: regions
                      priors:
                      - {rule: inside_box}
                      - {rule: fcos, center-radius: 1.5}
                      - {rule: max_iou, octave-base-scale: 4, scales-per-octave: 3, ratios: [0.5, 1, 2]}
                    """)
            .encoding();
    Set<TensorKind> kinds = EnumSet.of(TensorKind.CLASS_SCORES);

    List<KindEncoding> stated = encoding.of(kinds, descriptor());

    AnchorGenerator nine = new AnchorGenerator(4, 3, List.of(0.5, 1.0, 2.0), 0.25);
    assertThat(stated.get(0).getPriors())
        .containsExactly(
            RegionRules.insideBox(List.of(8, 16), 0.25),
            RegionRules.fcos(List.of(8, 16), 0.25, List.of(64.0), 1.5),
            RegionRules.maxIou(List.of(8, 16), nine, 0.5, 0));
    assertThat(Encoding.of(stated, "").of(kinds, descriptor())).isEqualTo(stated);
    assertThatThrownBy(() -> bind(REQUIRED + "encoding: {priors: [{rule: inside-bux}]}\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("encoding.priors.0.rule: found 'inside-bux'");
  }

  @Test
  void anEncodingThatAManifestStatesIsTheSameAgain() {
    TeacherDescriptor teacher = descriptor();
    Encoding encoding =
        new Encoding(
            Values.FIXED24,
            Values.FLOAT16,
            Values.INT8,
            Values.FLOAT32,
            Positions.REGIONS,
            Positions.TOP_SCORE,
            50,
            List.of(square(null, null, 8, 9), square(List.of(8), 0.5, 5, 4)),
            0.25,
            "why");
    Set<TensorKind> kinds = EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES);

    List<KindEncoding> stated = encoding.of(kinds, teacher);

    assertThat(stated.get(0).getPriors())
        .containsExactly(
            RegionRules.atssVlr(List.of(8, 16), AnchorGenerator.square(8.0, 0.25), 9),
            RegionRules.atssVlr(List.of(8), AnchorGenerator.square(5.0, 0.5), 4));
    assertThat(Encoding.of(stated, "why").of(kinds, teacher)).isEqualTo(stated);
    assertThatThrownBy(() -> encoding.of(EnumSet.of(TensorKind.BOX_LOGITS), teacher))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("class-scores are not recorded");
    stated
        .get(0)
        .setPriors(List.of(RegionRules.atssVlr(List.of(64), AnchorGenerator.square(8.0, 0.0), 9)));
    assertThatThrownBy(() -> new ViewEncoder(stated, teacher))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("encoding.priors: found strides [64], the teacher's levels have [8, 16]");
  }

  private static TeacherDescriptor descriptor() {
    return FamilyPreset.named("GFL")
        .describe(
            8,
            0.25,
            List.of("a"),
            List.of(
                HeadLevel.of(new Level(8, 4, 4), "c8", "b8"),
                HeadLevel.of(new Level(16, 2, 2), "c16", "b16")))
        .setName("t")
        .setInputName("x")
        .setInputWidth(32)
        .setInputHeight(32)
        .setChannelOrder(ChannelOrder.RGB)
        .setMean(List.of(0.0, 0.0, 0.0))
        .setStd(List.of(1.0, 1.0, 1.0))
        .setBatchSize(1)
        .build();
  }

  @Test
  void allMistakesAreNamedAtOnce() {
    assertThatThrownBy(
            () -> bind("dataset: mini\nrecording: r\nkinds: [box-logit]\nthreads: 0\nlanes: 99\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("threads: found 0, expected a whole number, 1 to 1024")
        .hasMessageContaining("lanes: found 99, expected a whole number, 1 to 64")
        .hasMessageContaining("model: missing;")
        .hasMessageContaining("teacher: missing")
        .hasMessageContaining("kinds: found 'box-logit' (did you mean 'box-logits'?)");
    assertThatThrownBy(() -> bind(REQUIRED.replace("mini-plus", "mini")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("a recording needs another name than its dataset");
    assertThatThrownBy(() -> bind(REQUIRED + "batchsize: 3\n"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("unknown key 'batchsize'");
  }

  private static TeachConfig bind(String yaml) {
    return ConfigLoader.bind(yaml, List.of(), TeachConfig.class, "teach.yaml");
  }
}
