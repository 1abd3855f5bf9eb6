package dev.lectern.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole tiny networks against the executed reference implementations (each case.json names them),
 * as they lie in the folder that -Dlectern.shared names: outputs, detections, losses and gradients.
 */
class GoldenNetworksTest {
  private static final Path CASES =
      Path.of(System.getProperty("lectern.shared", "shared")).resolve("golden-networks");

  private final GoldenVerifier verifier = new GoldenVerifier(CaseRunners.all());

  @TestFactory
  Stream<DynamicTest> networksEqualTheReference() throws Exception {
    assumeTrue(
        Files.isDirectory(CASES),
        "skipped: needs golden-networks below the folder that -Dlectern.shared names");
    return GoldenVerifier.cases(CASES).stream()
        .map(
            directory ->
                DynamicTest.dynamicTest(
                    directory.getFileName().toString(), () -> check(directory)));
  }

  /** Settings of other spellings, and absent ones, mean the same as those that the case states. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gfl_tiny_01 | \"octave_base_scale\": 8, \"scales_per_octave\": 1 | \"scales\": [8]",
        "gfl_tiny_01 | \"stacked_convs\": 4, |",
        "gfl_tiny_01 | \"style\": \"pytorch\" | \"style\": \"caffe\"",
        "fcos_tiny_01 | \"in_channels\": 64, | \"conv_bias\": \"auto\",",
        "retinanet_tiny_01 | \"min_pos_iou\": 0 | \"match_low_quality\": true",
      })
  void otherWordsForTheSameSettingPass(String id, String stated, String other) throws Exception {
    assertThat(verifier.differences(edited(id, stated, other == null ? "" : other))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gfl_tiny_01 | \"reg_max\": 16 | \"reg_max\": 16, \"foo\": 3"
            + " | settings that this version does not heed: head.foo 3",
        "gfl_tiny_01 | \"type\": \"nms\" | \"type\": \"soft_nms\""
            + " | head.test_cfg.nms.type: found \"soft_nms\", expected nms",
        "gfl_tiny_01 | GIoULoss | EIoULoss"
            + " | head.loss_bbox.type: found \"EIoULoss\", expected one of [CIoULoss, DIoULoss,"
            + " GIoULoss, IoULoss]",
        "faster_rcnn_tiny_01 | \"allowed_border\": -1 | \"allowed_border\": 0"
            + " | train_cfg.rpn.allowed_border: found 0, expected -1",
        "yolov8_tiny_01 | \"nc\": 4 | \"nc\": 4, \"activation\": \"nn.ReLU()\""
            + " | yaml.activation: found \"nn.ReLU()\", expected nn.SiLU()",
        "pspnet_r18_tiny_01 | \"align_corners\": true | \"align_corners\": false"
            + " | align_corners: found false, expected true",
      })
  void aSettingThatIsNotHeededIsRefused(String id, String stated, String other, String message)
      throws Exception {
    assertThat(verifier.differences(edited(id, stated, other)))
        .containsExactly("java.lang.IllegalArgumentException: " + message);
  }

  /** A case whose settings decide: those of the case that it was made from fail. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gfl_tiny_01 | GIoULoss | CIoULoss | loss_bbox ",
        "atss_tiny_01 | GIoULoss | DIoULoss | loss_bbox ",
        "fcos_tiny_01 | IoULoss | GIoULoss | loss_bbox ",
        "gfl_tiny_01 | \"topk\": 9 | \"topk\": 4 | loss_bbox ",
        "gfl_tiny_01 | \"score_thr\": 0.05 | \"score_thr\": 0.3 | det_scores_img0 ",
      })
  void settingsOfACaseDecide(String id, String stated, String other, String changed)
      throws Exception {
    assertThat(verifier.differences(edited(id, stated, other)))
        .anyMatch(difference -> difference.startsWith(changed));
  }

  /** Images that are moved by a rounding reach the other side of a kink, and nothing else. */
  @Test
  void aWrongGradientFails() throws Exception {
    assertThat(verifier.differences(edited("gfl_tiny_01", "5.15559193153795", "5.1560")))
        .singleElement()
        .asString()
        .startsWith("gradient of bbox_head.gfl_cls.bias");
  }

  @TempDir private Path folder;

  /** A copy of a case with other settings. */
  private Path edited(String id, String stated, String other) throws Exception {
    Path original = CASES.resolve(id);
    assumeTrue(
        Files.isDirectory(original),
        "skipped: needs golden-networks below the folder that -Dlectern.shared names");
    try (Stream<Path> files = Files.list(original)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
    }
    ObjectMapper json = new ObjectMapper();
    String text =
        json.readTree(original.resolve("case.json").toFile())
            .toString()
            .replace("\":", "\": ")
            .replace(",\"", ", \"");
    assertThat(text).contains(stated);
    Files.writeString(folder.resolve("case.json"), text.replace(stated, other));
    return folder;
  }

  private void check(Path directory) throws Exception {
    Optional<String> skip = GoldenVerifier.reasonToSkip(directory);
    assumeTrue(skip.isEmpty(), () -> "skipped: " + skip.orElseThrow());
    List<String> differences = verifier.differences(directory);
    assertThat(differences).isEmpty();
  }
}
