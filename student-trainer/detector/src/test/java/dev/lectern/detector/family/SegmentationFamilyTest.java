package dev.lectern.detector.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.pixel.PixelClasses;
import dev.lectern.detector.pixel.Upsampling;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.nio.FloatBuffer;
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
import org.junit.jupiter.params.provider.MethodSource;

/** What every family of segmentation networks keeps to, on every backbone that can be dilated. */
class SegmentationFamilyTest {
  private static final int CLASSES = 3;

  @TempDir private Path folder;
  private NDManager manager;

  static Stream<String> networks() {
    return Families.SEGMENTATION.stream()
        .map(Family::name)
        .flatMap(
            family ->
                Stream.of(
                    network(family, 8, "{width: 8}"),
                    network(family, 16, "{width: 8}"),
                    network(family, 8, "{width: 8, stem: conv3x3}"),
                    network(family, 8, "{name: mobilenet_v2, width: 8}"),
                    network(family, 16, "{name: mobilenet_v2, multiplier: 0.35, divisor: 4}")));
  }

  private static String network(String family, int stride, String backbone) {
    return "{classes: 3, strides: [%d], backbone: %s, head: {family: %s, channels: 8}}"
        .formatted(stride, backbone, family);
  }

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void outputsHaveTheCellsThatTheFamilyStates(String yaml) {
    DetectorSpec spec = DetectorSpec.parse(yaml, "spec");
    Detector network = Detectors.create(spec, manager, 1);
    for (int[] size : new int[][] {{64, 96}, {97, 65}, {50, 60}}) {
      LevelGrid grid = Families.of(spec).levels(spec, size[0], size[1]).get(0);

      Outputs<NDArray> outputs = forward(network, images(size[0], size[1]));

      for (TensorRole role : List.of(TensorRole.CLASS_LOGITS, TensorRole.AUXILIARY_LOGITS)) {
        assertThat(outputs.get(role, 0).getShape())
            .isEqualTo(new Shape(1, CLASSES, grid.height(), grid.width()));
      }
      assertThat(outputs.get(TensorRole.FEATURES, 0).getShape())
          .isEqualTo(new Shape(1, 8, grid.height(), grid.width()));
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void aFileBringsTheNetworkBack(String yaml) throws Exception {
    Detector written = shaken(Detectors.create(DetectorSpec.parse(yaml, "spec"), manager, 1));
    Path file = folder.resolve("student.safetensors");

    Weights.save(written, file);
    Detector read = Detectors.create(Weights.spec(file), manager, 2);
    Weights.load(file, read.parameters());

    assertThat(read.spec()).isEqualTo(written.spec());
    assertThat(logits(read, images(64, 64))).isEqualTo(logits(written, images(64, 64)));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void anExportComputesTheSameAndIsDescribed(String yaml) throws Exception {
    Detector network = shaken(Detectors.create(DetectorSpec.parse(yaml, "spec"), manager, 1));
    NDArray images = images(65, 97);
    StudentExport export = new StudentExport("s", 97, 65, List.of("a", "b", "c"), 1);
    float[] expected = logits(network, images);

    Path file = export.write(network, folder);

    var descriptor = DescriptorYaml.read(folder.resolve("s.yaml"));
    assertThat(descriptor).isEqualTo(export.descriptor(network));
    assertThat(descriptor.getTask()).isEqualTo(Task.SEGMENTATION);
    assertThat(descriptor.getClasses().getActivation()).isEqualTo(ClassActivation.SOFTMAX);
    assertThat(descriptor.getTensors())
        .extracting(t -> t.getName())
        .containsExactly("cls.0", "fpn.0");
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString());
        OnnxTensor input =
            OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(),
                FloatBuffer.wrap(images.toFloatArray()),
                images.getShape().getShape());
        OrtSession.Result result = session.run(Map.of("image", input))) {
      OnnxTensor tensor =
          (OnnxTensor) result.get(descriptor.getTensors().get(0).getOutput()).orElseThrow();
      float[] found = new float[expected.length];
      tensor.getFloatBuffer().get(found);
      assertThat(found).hasSameSizeAs(expected);
      for (int i = 0; i < found.length; i++) {
        assertThat(found[i]).isCloseTo(expected[i], within(1e-4f * (1 + Math.abs(expected[i]))));
      }
    }
  }

  @Test
  void aBackboneThatCannotBeDilatedIsRefused() {
    DetectorSpec spec =
        DetectorSpec.parse(
            "{classes: 3, backbone: {name: csp_darknet}, head: {family: pspnet}}", "spec");

    assertThatThrownBy(() -> Detectors.create(spec, manager, 1))
        .hasMessageContaining("backbone.name: found csp_darknet, expected resnet or mobilenet_v2");
  }

  @Test
  void aNeckAndOtherLevelsAreRefused() {
    assertThatThrownBy(
            () ->
                DetectorSpec.parse(
                    "{classes: 3, neck: {channels: 8}, head: {family: deeplabv3}}", "spec"))
        .hasMessageContaining("expected nothing, since the head reads the backbone's maps");
    DetectorSpec two =
        DetectorSpec.parse("{classes: 3, strides: [8, 16], head: {family: deeplabv3}}", "spec");
    assertThatThrownBy(() -> Detectors.create(two, manager, 1))
        .hasMessageContaining("strides: found [8, 16], expected one of [8], [16] or [32]");
  }

  @Test
  void theClassOfAPixelIsTheLargestLogitBetweenTheCells() {
    // one row of two cells, two classes: 0 and 4 against a constant 1
    float[] logits = {0, 4, 1, 1};
    LevelGrid grid = new LevelGrid(4, 1, 2);

    // corners: pixel x of 8 reads at x / 7, 4 x / 7 > 1 from x = 2 on
    assertThat(new PixelClasses(grid, Upsampling.CORNERS, 1, 8).of(logits).classes())
        .containsExactly(1, 1, 0, 0, 0, 0, 0, 0);
    // centres: pixel x reads at (x + 1/2) / 4 - 1/2, 0 at least: 4 (x - 3/2) / 4 > 1 from x = 3 on
    assertThat(new PixelClasses(grid, Upsampling.CENTRES, 1, 8).of(logits).classes())
        .containsExactly(1, 1, 1, 0, 0, 0, 0, 0);
  }

  @Test
  void aTeacherIsReadAsTheFamilyOfItsDescriptorIs() {
    assertThat(Families.upsampling(teacher("PSPNET"))).isEqualTo(Upsampling.CORNERS);
    assertThat(Families.upsampling(teacher("DEEPLABV3"))).isEqualTo(Upsampling.CENTRES);
    assertThat(Families.upsampling(teacher("SEGFORMER"))).isEqualTo(Upsampling.CENTRES);
  }

  private TeacherDescriptor teacher(String family) {
    DetectorSpec spec =
        DetectorSpec.parse(
            "{classes: 3, backbone: {width: 8}, head: {family: pspnet, channels: 8}}", "spec");
    var descriptor =
        new StudentExport("s", 97, 65, List.of("a", "b", "c"), 1)
            .descriptor(Detectors.create(spec, manager, 1));
    descriptor.setFamily(family);
    return descriptor;
  }

  private static Outputs<NDArray> forward(Detector network, NDArray images) {
    return GradientMode.off(() -> network.forward(images, Mode.EVALUATE));
  }

  private static float[] logits(Detector network, NDArray images) {
    return forward(network, images).get(TensorRole.CLASS_LOGITS, 0).toFloatArray();
  }

  /** A network whose every parameter and statistic counts. */
  private static Detector shaken(Detector network) {
    Random random = new Random(11);
    for (Parameter parameter : network.parameters()) {
      float[] values = parameter.values();
      for (int i = 0; i < values.length; i++) {
        values[i] += 0.04f * (random.nextFloat() - 0.5f);
      }
      parameter.set(values);
    }
    return network;
  }

  private NDArray images(int height, int width) {
    Shape shape = new Shape(1, 3, height, width);
    Random random = new Random(3);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }
}
