package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.Sha256;
import dev.lectern.teacher.recording.Encoding;
import dev.lectern.teacher.recording.ViewEncoder;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One detector in many export forms. */
class OutputConversionTest {
  private static final String YAML =
      """
      name: yolo
      input: {name: images, width: 64, height: 64, channels: RGB, mean: [0, 0, 0], std: [255, 255, 255]}
      boxes: {form: %s}
      priors: {grid-offset: 0.5}
      class-names: [red, green, blue]
      batch-size: 2
      tensors:
      """;

  @TempDir private Path dir;

  @Test
  void formsThatLoseNothingGiveEqualPayloads() throws IOException {
    // Given
    List<String> expected = digests(distributions("cls_%d", "", "dist_%d", ""), YoloExports.maps());

    // When, Then
    assertThat(
            digests(distributions("cls_%d", "pixels", "dist_%d", "pixels"), YoloExports.pixels()))
        .isEqualTo(expected);
    assertThat(
            digests(
                distributions("raw_%d", "maps 64:67", "raw_%d", "maps 0:64"),
                YoloExports.rawPerLevel()))
        .isEqualTo(expected);
    assertThat(
            digests(
                distributions("output0", "columns 64:67", "output0", "columns 0:64"),
                YoloExports.concatenated()))
        .isEqualTo(expected);
    assertThat(
            digests(distributions("scores", "columns", "boxes", "columns"), YoloExports.separate()))
        .isEqualTo(expected);
    assertThat(
            digests(
                distributions("output", "rows 0:3", "output", "rows 3:67"),
                YoloExports.anchorsLast()))
        .isEqualTo(expected);
    assertThat(
            digests(distributions("cls_%d", "rows", "dist_%d", "rows"), YoloExports.rowsPerLevel()))
        .isEqualTo(expected);
    assertThat(
            digests(
                distributions("cls_logits", "rows", "bbox_regression", "rows"),
                YoloExports.rowsOfAll()))
        .isEqualTo(expected);
    String inner = "/model.22/cv%1$d.%%d/cv%1$d.%%d.2/Conv_output_0";
    assertThat(
            digests(
                distributions(inner.formatted(3), "", inner.formatted(2), ""),
                YoloExports.decoded()))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"output0, columns, cxcywh", "output, rows, xyxy"})
  void decodedBoxesBecomeDistancesAndProbabilitiesLogits(String output, String layout, String boxes)
      throws IOException {
    // Given
    TeacherDescriptor raw = read(distributions("cls_%d", "", "dist_%d", ""));
    TeacherDescriptor decoded =
        read(
            YAML.formatted("ltrb")
                + tensors("cls", output, layout + " 4:7 logit")
                + tensors("ltrb", output, layout + " 0:4 " + boxes));

    // When
    try (Teacher exact = open(raw, YoloExports.maps());
        Teacher made =
            open(decoded, boxes.equals("xyxy") ? YoloExports.corners() : YoloExports.decoded())) {
      TeacherOutputs a = infer(exact);
      TeacherOutputs b = infer(made);

      // Then
      assertThat(decoded.getConversionLosses())
          .containsExactly(
              "cls: logits beyond -16 and 16, since the export has probabilities",
              "ltrb: distributions over the places of edges, since the export has boxes");
      for (int level = 0; level < 3; level++) {
        float[] logits = a.tensor(level, 1).toArray();
        float[] distribution = a.tensor(3 + level, 1).toArray();
        float[] ltrb = b.tensor(3 + level, 1).toArray();
        int cells = ltrb.length / 4;
        assertThat(b.tensor(level, 1).toArray()).containsExactly(logits, within(2e-4f));
        for (int i = 0; i < ltrb.length; i++) {
          assertThat((double) ltrb[i])
              .isCloseTo(expectation(distribution, i / cells, i % cells, cells), within(2e-4));
        }
      }
    }
  }

  private static double expectation(float[] distribution, int side, int cell, int cells) {
    double sum = 0;
    double weighted = 0;
    for (int bin = 0; bin < YoloExports.BINS; bin++) {
      double e = Math.exp(distribution[(side * YoloExports.BINS + bin) * cells + cell]);
      sum += e;
      weighted += bin * e;
    }
    return weighted / sum;
  }

  @Test
  void anchorsOfACellAreTakenFromItsRows() {
    // Given: two cells with two anchors each, rows (cell, anchor), of two classes
    TeacherDescriptor teacher =
        read(
            """
            name: anchors
            input: {name: image, width: 16, height: 8, channels: RGB, mean: [0, 0, 0], std: [1, 1, 1]}
            boxes: {form: delta}
            priors: {grid-offset: 0, anchors: {sizes: [[32]], ratios: [0.5, 2]}}
            class-names: [a, b]
            tensors:
              - {name: cls.0, output: c, stride: 8, conversion: rows}
              - {name: delta.0, output: d, stride: 8, conversion: columns}
            """);
    FloatBuffer output = FloatBuffer.wrap(new float[] {1, 2, 3, 4, 5, 6, 7, 8});
    FloatBuffer maps = FloatBuffer.allocate(8);

    // When
    OutputConversion.of(teacher, teacher.getTensors().get(0))
        .convert(output, new long[] {1, 4, 2}, maps);

    // Then: channels (anchor, class), each over both cells
    assertThat(maps.array()).containsExactly(1, 5, 2, 6, 3, 7, 4, 8);
    assertThat(OutputConversion.of(teacher, teacher.getTensors().get(1)).expected(3).get(0))
        .containsExactly(3, 4, 4);
  }

  @Test
  void boxesAboutACellBecomeCentresAndSizes() {
    // Given: a box of 16x32 pixels around (12, 20), one cell at x = 1 in a row of two
    TeacherDescriptor teacher =
        read(
            """
            name: centres
            input: {name: image, width: 16, height: 8, channels: RGB, mean: [0, 0, 0], std: [1, 1, 1]}
            boxes: {form: center}
            quality: objectness
            class-names: [a]
            tensors:
              - {name: cls.0, output: o, stride: 8, conversion: "rows 5:6 logit"}
              - {name: ctr.0, output: o, stride: 8, conversion: "rows 4:5 logit"}
              - {name: center.0, output: o, stride: 8, conversion: "rows 0:4 cxcywh"}
            """);
    FloatBuffer output =
        FloatBuffer.wrap(new float[] {4, 4, 8, 8, 0, 1, 12, 20, 16, 32, 0.5f, 0.75f});
    FloatBuffer centre = FloatBuffer.allocate(8);
    FloatBuffer quality = FloatBuffer.allocate(2);
    FloatBuffer scores = FloatBuffer.allocate(2);

    // When
    long[] shape = {1, 2, 6};
    OutputConversion.of(teacher, teacher.getTensors().get(0)).convert(output, shape, scores);
    OutputConversion.of(teacher, teacher.getTensors().get(1)).convert(output, shape, quality);
    OutputConversion.of(teacher, teacher.getTensors().get(2)).convert(output, shape, centre);

    // Then: 12 / 8 - 1 = 0.5, 20 / 8 - 0 = 2.5, ln 2, ln 4; ln(0.75 / 0.25) = ln 3
    assertThat(centre.array())
        .containsExactly(
            new float[] {0.5f, 0.5f, 0.5f, 2.5f, 0, (float) Math.log(2), 0, (float) Math.log(4)},
            within(1e-6f));
    assertThat(quality.array()).containsExactly(-16, 0);
    assertThat(scores.array())
        .containsExactly(new float[] {16, (float) Math.log(3)}, within(1e-6f));
    assertThat(teacher.getConversionLosses())
        .containsExactly("cls, ctr: logits beyond -16 and 16, since the export has probabilities");
  }

  @Test
  void shapesThatADescriptorDoesNotExplainAreRefused() {
    // Given: two class names where the export has three classes
    String yaml =
        distributions("output0", "columns 64:66", "output0", "columns 0:64")
            .replace("[red, green, blue]", "[red, green]");

    assertThatThrownBy(() -> open(read(yaml), YoloExports.concatenated()))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "output 'output0' (cls.0): found [2, 67, 84], expected [2, 66, 84] or [2, 66, 64]");
  }

  @Test
  void aConversionThatCannotBeIsAMistake() {
    assertThatThrownBy(() -> read(distributions("output0", "sideways", "output0", "columns 0:64")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("tensors.0.conversion: found 'sideways', expected maps, pixels,");
    assertThatThrownBy(
            () -> read(distributions("output0", "columns 64:70", "output0", "columns 0:64 xyxy")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "tensor cls.0: conversion 'columns 64:70': found 6 channels, expected 3")
        .hasMessageContaining("expected boxes with ltrb or center");
    assertThatThrownBy(() -> read(distributions("output0", "", "output0", "")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found output 'output0' as a whole for two tensors");
  }

  private static String distributions(
      String cls, String clsConversion, String dist, String distConversion) {
    return YAML.formatted("distribution, bins: 16")
        + tensors("cls", cls, clsConversion)
        + tensors("dist", dist, distConversion);
  }

  private static String tensors(String role, String output, String conversion) {
    StringBuilder yaml = new StringBuilder();
    for (int level = 0; level < 3; level++) {
      yaml.append(
          "  - {name: %s.%d, output: %s, stride: %d, conversion: '%s'}%n"
              .formatted(
                  role,
                  level,
                  output.contains("%d") ? output.replace("%d", "" + level) : output,
                  YoloExports.STRIDES.get(level),
                  conversion));
    }
    return yaml.toString();
  }

  private TeacherDescriptor read(String yaml) {
    try {
      return DescriptorYaml.read(Files.writeString(dir.resolve("teacher.yaml"), yaml));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Teacher open(TeacherDescriptor descriptor, byte[] model) throws IOException {
    Path file = Files.write(Files.createTempFile(dir, "model", ".onnx"), model);
    return ModelFile.open(
        descriptor,
        file,
        EnumSet.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS),
        ComputeDevice.CPU,
        1);
  }

  private static TeacherOutputs infer(Teacher teacher) {
    TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), teacher.batchSize());
    FloatBuffer input = TeacherOutputs.floats((long) teacher.batchSize() * teacher.inputSize());
    SplittableRandom random = new SplittableRandom(3);
    while (input.hasRemaining()) {
      input.put((float) random.nextDouble());
    }
    teacher.infer(input, outputs);
    return outputs;
  }

  /** SHA-256 of each kind's payload of both views. */
  private List<String> digests(String yaml, byte[] model) throws IOException {
    TeacherDescriptor descriptor = read(yaml);
    assertThat(descriptor.getConversionLosses()).isEmpty();
    EnumSet<TensorKind> kinds = EnumSet.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS);
    ViewEncoder encoder = new ViewEncoder(Encoding.DEFAULT.of(kinds, descriptor), descriptor);
    List<String> digests = new ArrayList<>();
    try (Teacher teacher = open(descriptor, model)) {
      assertThat(teacher.tensors()).extracting(RecordedTensor::getName).hasSize(6);
      TeacherOutputs outputs = infer(teacher);
      for (int slot = 0; slot < 2; slot++) {
        for (Map.Entry<TensorKind, byte[]> payload :
            encoder.encode(null, outputs.view(slot)).entrySet()) {
          MessageDigest sha256 = Sha256.start();
          sha256.update(payload.getValue());
          digests.add(payload.getKey() + " " + Sha256.hex(sha256));
        }
      }
    }
    return digests;
  }
}
