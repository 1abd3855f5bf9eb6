package dev.lectern.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.detector.DetectorSpec.Input;
import dev.lectern.detector.DetectorSpec.Network;
import dev.lectern.detector.backbone.ResNetSettings;
import dev.lectern.detector.family.gfl.GflHeadSettings;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.neck.FeaturePyramidSettings;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.ChannelOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class DetectorSpecTest {

  @Test
  void everythingButTheClassesHasADefault() {
    assertThat(DetectorSpec.parse("classes: 20", "test"))
        .isEqualTo(
            new DetectorSpec(
                Network.NATIVE,
                20,
                List.of(8, 16, 32, 64, 128),
                0.0,
                null,
                new Input(
                    ChannelOrder.RGB,
                    List.of(123.675, 116.28, 103.53),
                    List.of(58.395, 57.12, 57.375)),
                new ResNetSettings(18, 64, Normalization.BATCH),
                new FeaturePyramidSettings(256),
                new GflHeadSettings(17, 8.0, 4, 256, Normalization.GROUP, null),
                null,
                List.of()));
  }

  @Test
  void yamlReadsBackToAnEqualValue() {
    DetectorSpec spec =
        DetectorSpec.parse(
            "{classes: 4, head: {bins: 8, groups: 16}, strides: [4, 8], grid-offset: 0.5, backbone:"
                + " {depth: 50, width: 16, normalization: frozen_batch}, frozen: [backbone]}",
            "test");

    assertThat(DetectorSpec.parse(spec.toYaml(), "again")).isEqualTo(spec);
  }

  @Test
  void aPresetNamesANetworkAndWhatStandsBesideItWins() {
    DetectorSpec spec =
        DetectorSpec.parse(
            "{preset: retinanet_r50, classes: 4, neck: {channels: 64}, backbone: {width: 32}}",
            "test");

    assertThat(spec)
        .isEqualTo(
            DetectorSpec.parse(
                "{classes: 4, neck: {channels: 64, extra-levels: on_input}, backbone: {name: resnet,"
                    + " depth: 50, width: 32}, head: {family: retinanet}}",
                "test"));
    assertThat(DetectorSpec.parse(spec.toYaml(), "again")).isEqualTo(spec);
    assertMistake("{preset: yolov9n, classes: 4}", "preset: found 'yolov9n' (did you mean");
  }

  @Test
  void everyPresetReadsBack() {
    for (String name : Presets.names()) {
      DetectorSpec spec = DetectorSpec.parse("{preset: " + name + ", classes: 4}", name);

      assertThat(DetectorSpec.parse(spec.toYaml(), "again")).as(name).isEqualTo(spec);
    }
  }

  @Test
  void mistakesAreOneLineWithPlaceFoundAndExpected() {
    assertMistake("bins: 8", "classes: found nothing, expected a whole number, 1 or more");
    assertMistake(
        "{classes: 4, strides: [8, 24]}",
        "strides: found [8, 24], expected each twice the one before");
    assertMistake(
        "{classes: 4, backbone: {depth: 19}}",
        "backbone.depth: found 19, expected 18, 34, 50 or 101");
    assertMistake(
        "{classes: 4, network: torchscript}",
        "script: found nothing, expected a TorchScript model");
    assertMistake("{classes: 4, widht: 2}", "unknown key 'widht'");
  }

  @Test
  void keysFromBeforeThereWereFamiliesAreRead() {
    assertThat(
            DetectorSpec.parse(
                "{network: resnet_gfl, classes: 4, bins: 8, octave-base-scale: 5, head: {depth: 2}}",
                "former"))
        .isEqualTo(
            DetectorSpec.parse(
                "{network: native, classes: 4, head: {family: gfl, bins: 8, octave-base-scale: 5,"
                    + " depth: 2}}",
                "present"));
  }

  @Test
  void aStudentFileKeepsTheFormOfTheVersionsBefore() {
    String former =
        """
        ---
        network: "RESNET_GFL"
        classes: 80
        bins: 8
        strides:
        - 8
        - 16
        - 32
        grid-offset: 0.0
        octave-base-scale: 8.0
        input:
          channel-order: "RGB"
          mean:
          - 123.675
          - 116.28
          - 103.53
          std:
          - 58.395
          - 57.12
          - 57.375
        backbone:
          depth: 18
          width: 16
          normalization: "BATCH"
        neck:
          channels: 64
        head:
          depth: 2
          channels: 64
          normalization: "GROUP"
        script: null
        frozen: []
        """;

    assertThat(DetectorSpec.parse(former, "student.safetensors").toYaml()).isEqualTo(former);
    assertThat(DetectorSpec.parse("{classes: 80, head: {groups: 32}}", "new").toYaml())
        .contains("network: \"NATIVE\"", "  family: \"gfl\"", "  groups: 32");
  }

  @Test
  void aTorchScriptModelWithItsOwnHeadTakesNoLayers() {
    String script = "script: {model: m.pt, outputs: [cls_8]}, network: torchscript, classes: 4";
    assertThat(DetectorSpec.parse("{" + script + ", bins: 8}", "former").toYaml())
        .contains("bins: 8", "head: null");
    assertMistake(
        "{" + script + ", head: {depth: 2}}",
        "head.depth: found 2, expected nothing, since the model has its own layers");
  }

  private static void assertMistake(String yaml, String message) {
    assertThatThrownBy(() -> DetectorSpec.parse(yaml, "run.yaml"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("run.yaml: ")
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }
}
