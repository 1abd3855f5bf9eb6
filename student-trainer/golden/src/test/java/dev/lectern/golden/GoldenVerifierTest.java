package dev.lectern.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoldenVerifierTest {
  private static final Path CASES = Path.of("src/test/resources/golden");
  @TempDir private Path folder;

  @Test
  void differenceIsPrintedWithErrorAndTolerance() throws Exception {
    copy("giou_01");
    edit("giou_01", "2.454941489912101", "2.5");
    String printed = verify(Set.of());
    assertThat(printed.lines().toList())
        .hasSize(2)
        .first()
        .asString()
        .startsWith("giou_01: loss error 0.0451, tolerance 2.45e-05 (element 0 is 2.45494");
    assertThat(printed).endsWith("0 passed, 1 failed" + System.lineSeparator());
  }

  @Test
  void wrongGradientFails() throws Exception {
    copy("giou_01");
    Path gradient = folder.resolve("giou_01/grad_pred.npy");
    byte[] bytes = Files.readAllBytes(gradient);
    bytes[bytes.length - 1] ^= (byte) 0x80; // the sign of the last element
    Files.write(gradient, bytes);
    assertThat(verify(Set.of())).contains("giou_01: grad_pred error").contains("element 23");
  }

  @Test
  void methodWithoutImplementationFails() throws Exception {
    copy("giou_01");
    edit("giou_01", "\"method\": \"giou\"", "\"method\": \"telepathy\"");
    assertThat(verify(Set.of()))
        .contains("giou_01: method telepathy is not implemented")
        .contains("0 passed, 1 failed");
  }

  @Test
  void caseThatCannotBeRunFailsAloneWithItsCause() throws Exception {
    copy("giou_01");
    Files.delete(folder.resolve("giou_01/pred.npy"));
    copy("qfl_01");
    edit("qfl_01", "\"hyperparameters\"", "\"numbers\"");
    copy("dfl_01");
    assertThat(verify(Set.of()))
        .contains("giou_01: java.nio.file.NoSuchFileException: ")
        .contains("qfl_01: java.lang.NullPointerException")
        .endsWith("1 passed, 2 failed" + System.lineSeparator());
  }

  @ParameterizedTest
  @CsvSource({
    "finegrained_mask_ld_01, \"thr\": 0.5, mask",
    "finegrained_mask_fpn_01, \"phi\": 0.5, mask_l0",
    "finegrained_01, \"phi\": 0.5, mask",
    "gid_feature_02, \"smooth_l1_beta\": 0.0, loss",
    "gid_relation_01, \"smooth_l1_beta\": 1.0, loss",
    "gid_response_02, \"smooth_l1_beta\": 0.0, loss"
  })
  void settingsOfACaseDecide(String id, String setting, String changed) throws Exception {
    copy(id);
    edit(id, setting, setting.replaceAll("[0-9.]+$", "0.9"));
    assertThat(verify(Set.of()))
        .contains(id + ": " + changed + " ")
        .endsWith("0 passed, 1 failed" + System.lineSeparator());
  }

  @Test
  void onlyTheChosenMethodsRun() throws Exception {
    copy("giou_01");
    copy("dfl_01");
    assertThat(verify(Set.of("dfl"))).isEqualTo("1 passed, 0 failed" + System.lineSeparator());
  }

  @Test
  void emptyFolderIsNotClean() throws Exception {
    GoldenVerifier.Summary summary =
        GoldenVerifier.verify(folder, Set.of(), new PrintWriter(new StringWriter()));
    assertThat(summary.isClean()).isFalse();
    assertThat(summary.failed()).isZero();
  }

  @Test
  void fileThatIsNoArrayIsNamed() throws Exception {
    Path text = Files.writeString(folder.resolve("pred.npy"), "not an array at all");
    assertThatThrownBy(() -> NpyFile.read(text))
        .isInstanceOf(IOException.class)
        .hasMessage(text + " is not a NumPy array file of version 1.0");
  }

  @Test
  void truncatedArrayIsNamed() throws Exception {
    byte[] whole = Files.readAllBytes(CASES.resolve("giou_01/pred.npy"));
    Path cut = folder.resolve("pred.npy");
    Files.write(cut, Arrays.copyOf(whole, whole.length - 3));
    assertThatThrownBy(() -> NpyFile.read(cut))
        .isInstanceOf(IOException.class)
        .hasMessage(cut + " holds 93 bytes of elements, expected 96");
  }

  @Test
  void aNetworkOfAFamilyThatIsNotThereIsSkipped() throws Exception {
    Path directory = Files.createDirectory(folder.resolve("segmenter_01"));
    Files.writeString(
        directory.resolve("case.json"),
        "{\"kind\": \"network\", \"method\": \"network\", \"family\": \"segformer\"}");
    copy("giou_01");
    assertThat(verify(Set.of()).lines())
        .containsExactly(
            "segmenter_01: skipped, segformer is not a family of this version",
            "1 passed, 0 failed, 1 skipped");
  }

  @Test
  void aNetworkOfOtherSettingsThanTheReferencesFails() throws Exception {
    Path network =
        Path.of(System.getProperty("lectern.shared", "shared"), "golden-networks", "atss_tiny_01");
    assumeTrue(
        Files.isDirectory(network),
        "skipped: needs golden-networks below the folder that -Dlectern.shared names");
    copy(network.getParent(), "atss_tiny_01");
    edit("atss_tiny_01", "\"topk\": 9", "\"topk\": 4");
    assertThat(verify(Set.of()))
        .contains("atss_tiny_01: loss_cls error ")
        .contains("atss_tiny_01: gradient of backbone.layer2.0.conv1.weight error ")
        .doesNotContain("atss_tiny_01: cls_l0")
        .endsWith("0 passed, 1 failed" + System.lineSeparator());
  }

  private String verify(Set<String> methods) throws IOException {
    StringWriter lines = new StringWriter();
    GoldenVerifier.verify(folder, methods, new PrintWriter(lines));
    return lines.toString();
  }

  private void copy(String id) throws IOException {
    copy(CASES, id);
  }

  private void copy(Path cases, String id) throws IOException {
    Path target = Files.createDirectory(folder.resolve(id));
    try (Stream<Path> files = Files.list(cases.resolve(id))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
  }

  private void edit(String id, String from, String to) throws IOException {
    Path file = folder.resolve(id).resolve("case.json");
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }
}
