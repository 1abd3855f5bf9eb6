package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Safetensors;
import dev.lectern.detector.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsCommandTest {
  private static final String STUDENT =
      "{classes: 2, strides: [8, 16], backbone: {width: 4}, neck: {channels: 8},"
          + " head: {bins: 5, depth: 1, channels: 8}}";

  @TempDir Path folder;
  private Path student;
  private Path backbone;
  private Path run;

  @BeforeEach
  void write() throws IOException {
    student = folder.resolve("student.safetensors");
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector = Detectors.create(DetectorSpec.parse(STUDENT, "test"), manager, 3)) {
      Weights.save(detector, student);
    }
    Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
    Safetensors.read(student)
        .arrays()
        .forEach((name, array) -> arrays.put(name.replaceFirst("^backbone\\.", ""), array));
    arrays.keySet().removeIf(name -> name.startsWith("neck.") || name.startsWith("bbox_head."));
    backbone = folder.resolve("backbone.safetensors");
    new Safetensors(Map.of(), arrays).write(backbone);
    run =
        Files.writeString(
            folder.resolve("run.yaml"),
            "recording: r\nout: o\nstudent: " + STUDENT + "\nweights: " + student + "\n");
  }

  @Test
  void whatMatchesIsShown() {
    CommandRun result = CommandRun.of("weights", "--config", run.toString());

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains(student + ": safetensors, 120 arrays", "matched   120 of 120 parameters");
  }

  @Test
  void whatMatchesIsToldToPrograms() throws IOException {
    CommandRun result = CommandRun.of("weights", "--config", run.toString(), "--json");

    assertThat(new JsonMapper().readTree(result.out()))
        .isEqualTo(
            new JsonMapper()
                .readTree(
                    """
                    {"file": "%s", "format": "safetensors", "matched": 120, "parameters": 120,
                     "missing": [], "unknown": [], "shapes": [], "not-finite": []}"""
                        .formatted(student)));
  }

  @Test
  void aFileThatLacksPartsIsShownAndRefused() {
    CommandRun result =
        CommandRun.of(
            "weights", "--config", run.toString(), "--set", "weights={file: '" + backbone + "'}");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out())
        .contains("; * is backbone.*", "matched   100 of 120", "missing   20: neck.lateral_convs");
    assertThat(result.err())
        .hasLineCount(1)
        .contains("20 parameters missing: neck.lateral_convs.0.conv.weight, ...")
        .contains("partial: true would load the other 100 of 120");
  }

  @Test
  void theBackboneAloneMatchesByItsPublishedNames() {
    CommandRun result =
        CommandRun.of(
            "weights",
            "--config",
            run.toString(),
            "--set",
            "weights={file: '" + backbone + "', part: backbone}");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("matched   100 of 100 parameters of the backbone");
  }

  @Test
  void aPickledCheckpointIsRefusedWithTheLineThatConvertsIt() throws IOException {
    Path bare = folder.resolve("yolov8n.pt");
    Files.write(bare, new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc, 0, 0, 0, 0});

    CommandRun result =
        CommandRun.of("weights", "--config", run.toString(), "--set", "weights=" + bare);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .hasLineCount(1)
        .contains(bare + ": found a pickled checkpoint")
        .contains("python3 -c \"import sys, torch")
        .endsWith(bare + " " + folder.resolve("yolov8n.safetensors") + System.lineSeparator());
  }

  @Test
  void exportedWeightsMatchAgain() throws IOException {
    // When
    CommandRun exported =
        CommandRun.of(
            "export",
            "--student",
            student.toString(),
            "--format",
            "safetensors",
            "--name",
            "mine",
            "--out",
            folder.toString(),
            "--json");

    // Then
    assertThat(exported.err()).isEmpty();
    Path file = folder.resolve("mine.safetensors");
    assertThat(exported.out()).isEqualToIgnoringNewLines("{\"weights\":\"" + file + "\"}");
    assertThat(file).hasSameBinaryContentAs(student);
  }

  @Test
  void aModelStillNeedsItsClassNames() {
    CommandRun result = CommandRun.of("export", "--student", student.toString(), "--name", "mine");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--class-names: missing");
  }
}
