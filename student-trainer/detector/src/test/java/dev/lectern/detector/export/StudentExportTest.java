package dev.lectern.detector.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.export.proto.ModelProto;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StudentExportTest {
  private static final StudentExport EXPORT =
      new StudentExport("student", 96, 64, List.of("circle", "square"), 4);

  @TempDir Path folder;
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Detector detector(int depth, String normalization, String strides) {
    return Detectors.create(
        DetectorSpec.parse(
            String.format(
                "{classes: 2, bins: 8, strides: %s, backbone: {depth: %d, width: 8, normalization:"
                    + " %s}, neck: {channels: 16}, head: {depth: 2, channels: 16, normalization:"
                    + " %s}}",
                strides, depth, normalization, normalization),
            "test"),
        manager,
        7);
  }

  /** A network whose every parameter and statistic counts. */
  private Detector shaken(Detector detector) {
    Random random = new Random(11);
    for (Parameter parameter : detector.parameters()) {
      float[] values = parameter.values();
      for (int i = 0; i < values.length; i++) {
        values[i] += 0.05f * random.nextFloat();
      }
      parameter.set(values);
    }
    return detector;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "18 | group        | [8, 16, 32, 64, 128]",
        "34 | frozen_batch | [8, 16, 32]",
        "50 | batch        | [4, 8, 16, 32, 64]"
      })
  void onnxRuntimeComputesWhatDjlComputes(int depth, String normalization, String strides)
      throws IOException, OrtException {
    assertTheSame(shaken(detector(depth, normalization, strides)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{backbone: {depth: 50, width: 8, groups: 4, group-width: 2}, neck: {channels: 16}, head: {family: gfl, depth: 1, channels: 16}}",
        "{backbone: {name: mobilenet_v2, width: 8}, neck: {channels: 16}, head: {family: gfl, depth: 1, channels: 16}}",
        "{backbone: {name: csp_darknet, channels: [8, 8, 16, 16, 32]}, neck: {name: pan}, head: {family: yolov8}}",
        "{backbone: {name: resnet18, width: 8}, neck: {name: pan, blocks: 2}, head: {family: yolov8, bins: 8}}"
      })
  void everyBackboneAndNeckIsExported(String parts) throws IOException, OrtException {
    String network = "classes: 2, strides: [8, 16, 32], " + parts.substring(1);
    assertTheSame(shaken(Detectors.create(DetectorSpec.parse("{" + network, parts), manager, 7)));
  }

  private void assertTheSame(Detector detector) throws IOException, OrtException {
    Path file = EXPORT.write(detector, folder);

    // When both run, with another batch size than the descriptor's
    NDArray images = images(3);
    Outputs<NDArray> expected = GradientMode.off(() -> detector.forward(images, Mode.EVALUATE));
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString());
        OnnxTensor input = tensor(images);
        OrtSession.Result found = session.run(Map.of("image", input))) {

      // Then
      List<Integer> levels = detector.spec().strides();
      for (int level = 0; level < levels.size(); level++) {
        int stride = levels.get(level);
        assertSame(found, "cls_logits_" + stride, expected.get(TensorRole.CLASS_LOGITS, level));
        assertSame(
            found, "dist_logits_" + stride, expected.get(TensorRole.BOX_DISTRIBUTION, level));
        assertSame(found, "feat_" + stride, expected.get(TensorRole.FEATURES, level));
      }
      assertThat(found.size()).isEqualTo(3 * levels.size());
    }
  }

  private static void assertSame(OrtSession.Result found, String name, NDArray expected) {
    OnnxTensor tensor = (OnnxTensor) found.get(name).orElseThrow();
    assertThat(tensor.getInfo().getShape()).as(name).isEqualTo(expected.getShape().getShape());
    float[] values = new float[(int) expected.size()];
    tensor.getFloatBuffer().get(values);
    float[] reference = expected.toFloatArray();
    float largest = 0;
    float difference = 0;
    for (int i = 0; i < values.length; i++) {
      largest = Math.max(largest, Math.abs(reference[i]));
      difference = Math.max(difference, Math.abs(values[i] - reference[i]));
    }
    assertThat(largest).as("size of " + name).isGreaterThan(0);
    assertThat(difference).as("difference of " + name).isLessThan(1e-4f * Math.max(1, largest));
  }

  @Test
  void aTrainingStepAfterAnExportWorks() throws IOException, OrtException {
    // Given ONNX Runtime running in the same process
    Detector detector = detector(18, "group", "[8, 16]");
    Path file = EXPORT.write(detector, folder);
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString());
        OnnxTensor input = tensor(images(1));
        OrtSession.Result before = session.run(Map.of("image", input))) {

      // When
      GradientMode.recording(
          () -> {
            NDArray loss =
                detector
                    .forward(images(1), Mode.TRAIN)
                    .get(TensorRole.CLASS_LOGITS, 0)
                    .square()
                    .sum();
            JniUtils.backward((PtNDArray) loss, (PtNDArray) manager.create(1f), false, false);
          });

      // Then
      Parameter stem = detector.parameters().get("backbone.conv1.weight");
      assertThat(stem.gradient(manager).abs().max().getFloat()).isPositive();
      assertThat(before.size()).isEqualTo(6);
    }
  }

  @Test
  void theDescriptorBesideTheModelSaysHowToReadIt() throws IOException {
    Detector detector = detector(18, "group", "[8, 16, 32]");

    EXPORT.write(detector, folder);

    assertThat(DescriptorYaml.read(folder.resolve("student.yaml")))
        .isEqualTo(EXPORT.descriptor(detector));
    assertThat(TensorLayout.levels(EXPORT.descriptor(detector)).get(2).width()).isEqualTo(3);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("student.onnx", "student.yaml");
    }
  }

  @Test
  void theModelCarriesItsSpecification() throws IOException {
    Detector detector = detector(18, "group", "[8, 16, 32]");

    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(EXPORT.write(detector, folder)));

    assertThat(model.getMetadataProps(0).getKey()).isEqualTo("lectern.detector");
    assertThat(DetectorSpec.parse(model.getMetadataProps(0).getValue(), "model"))
        .isEqualTo(detector.spec());
  }

  @Test
  void whatDoesNotFitTheNetworkIsRefused() {
    Detector detector = detector(18, "group", "[8, 16, 32]");

    assertThatThrownBy(
            () -> new StudentExport("s", 100, 64, List.of("a", "b"), 1).write(detector, folder))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("export: found width 100, expected a multiple of 32");
    assertThatThrownBy(
            () -> new StudentExport("s", 96, 64, List.of("a"), 1).write(detector, folder))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("export: found 1 class names, expected 2");
  }

  private NDArray images(int count) {
    Shape shape = new Shape(count, 3, 64, 96);
    Random random = new Random(3);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }

  private static OnnxTensor tensor(NDArray images) throws OrtException {
    return OnnxTensor.createTensor(
        OrtEnvironment.getEnvironment(),
        FloatBuffer.wrap(images.toFloatArray()),
        images.getShape().getShape());
  }
}
