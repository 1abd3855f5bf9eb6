package dev.lectern.detector.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.ImageOutputs;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every listed family keeps to, whichever it is. */
class FamilyContractTest {
  private static final int HEIGHT = 64;
  private static final int WIDTH = 96;
  private static final int CLASSES = 3;

  @TempDir Path folder;
  private NDManager manager;

  static Stream<Family> families() {
    return Families.ALL.stream();
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
  @MethodSource("families")
  void aSpecificationNamesItsFamilyAndReadsBack(Family family) {
    DetectorSpec spec = spec(family);

    assertThat(Families.of(spec).name()).isEqualTo(family.name());
    assertThat(DetectorSpec.parse(spec.toYaml(), "again")).isEqualTo(spec);
  }

  @ParameterizedTest
  @MethodSource("families")
  void everyTensorHasItsShapeOnEveryLevel(Family family) {
    DetectorSpec spec = spec(family);
    Detector detector = Detectors.create(spec, manager, 1);

    Outputs<NDArray> outputs = forward(detector, images(2));

    List<LevelGrid> grids = PriorGrid.levels(HEIGHT, WIDTH, spec.strides());
    List<TensorRole> expected = new ArrayList<>(family.tensors(spec).keySet());
    expected.add(TensorRole.FEATURES);
    expected.addAll(family.trainingRoles());
    expected.addAll(family.instances(spec).keySet());
    assertThat(outputs.roles()).containsExactlyInAnyOrderElementsOf(expected);
    family
        .tensors(spec)
        .forEach(
            (role, channels) -> {
              for (int level = 0; level < grids.size(); level++) {
                assertThat(outputs.get(role, level).getShape())
                    .as(role.at(level))
                    .isEqualTo(
                        new Shape(
                            2, channels, grids.get(level).height(), grids.get(level).width()));
              }
            });
    family
        .instances(spec)
        .forEach(
            (role, shape) ->
                assertThat(outputs.get(role, 0).getShape().slice(1).getShape())
                    .as(role.prefix())
                    .containsExactly(shape.stream().mapToLong(Integer::longValue).toArray()));
  }

  @ParameterizedTest
  @MethodSource("families")
  void outputsBecomeBoxesOnTheCanvasInOrderOfScore(Family family) {
    DetectorSpec spec = spec(family);
    Detector detector = shaken(Detectors.create(spec, manager, 1));
    DetectionDecoder decoder =
        DetectionDecoder.of(
            spec, HEIGHT, WIDTH, new DetectionDecoder.Limits(0.001, 0.6, 1000, 100));

    List<Detection> found =
        decoder.decode(
            ImageOutputs.of(forward(detector, images(1))).get(0), (float) WIDTH, (float) HEIGHT);

    assertThat(found).isNotEmpty();
    float before = 1;
    for (Detection detection : found) {
      assertThat(detection.score()).isBetween(0.001f, before);
      before = detection.score();
      assertThat(detection.label()).isBetween(0, CLASSES - 1);
      assertThat(detection.x1()).isBetween(0f, detection.x2());
      assertThat(detection.y1()).isBetween(0f, detection.y2());
      assertThat(detection.x2()).isLessThanOrEqualTo(WIDTH);
      assertThat(detection.y2()).isLessThanOrEqualTo(HEIGHT);
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void aFileBringsTheNetworkBack(Family family) throws Exception {
    Detector written = shaken(Detectors.create(spec(family), manager, 1));
    Path file = folder.resolve("student.safetensors");

    Weights.save(written, file);
    Detector read = Detectors.create(Weights.spec(file), manager, 2);
    Weights.load(file, read.parameters());

    assertThat(read.spec()).isEqualTo(written.spec());
    assertEqual(forward(read, images(1)), forward(written, images(1)));
  }

  @ParameterizedTest
  @MethodSource("families")
  void theSeedDecidesEveryStartValue(Family family) {
    Detector first = Detectors.create(spec(family), manager, 1);
    Detector second = Detectors.create(spec(family), manager, 1);

    assertEqual(forward(first, images(1)), forward(second, images(1)));
  }

  @ParameterizedTest
  @MethodSource("families")
  void anExportComputesTheSameAndIsDescribed(Family family) throws Exception {
    Detector detector = shaken(Detectors.create(spec(family), manager, 1));
    StudentExport export = new StudentExport("s", WIDTH, HEIGHT, List.of("a", "b", "c"), 1);
    NDArray images = images(1);
    List<float[]> expected = numbers(exported(detector, forward(detector, images)));

    Path file = export.write(detector, folder);

    var descriptor = DescriptorYaml.read(folder.resolve("s.yaml"));
    var expectedDescriptor = export.descriptor(detector);
    expectedDescriptor.getTensors().stream()
        .filter(tensor -> TensorLayout.role(tensor) == TensorRole.INSTANCE_COUNT)
        .forEach(tensor -> tensor.setConversion("rows count"));
    assertThat(descriptor).isEqualTo(expectedDescriptor);
    List<float[]> found = new ArrayList<>();
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString());
        OnnxTensor input =
            OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(),
                FloatBuffer.wrap(images.toFloatArray()),
                images.getShape().getShape());
        OrtSession.Result result = session.run(Map.of("image", input))) {
      for (TensorRole role : TensorRole.values()) {
        int levels = role.isOfInstances() ? 1 : detector.spec().levels();
        for (int level = 0; level < levels; level++) {
          var recorded = TensorLayout.find(descriptor, role, level);
          if (recorded.isPresent()) {
            OnnxTensor tensor = (OnnxTensor) result.get(recorded.get().getOutput()).orElseThrow();
            float[] values = new float[TensorLayout.size(recorded.get())];
            tensor.getFloatBuffer().get(values);
            found.add(values);
          }
        }
      }
      assertThat(result.size()).isEqualTo(found.size());
    }
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      assertClose(found.get(i), expected.get(i));
    }
  }

  static Stream<String> heads() {
    return Stream.concat(
        families().map(Family::name),
        Stream.of(
            "gfl, bins: 9, octave-base-scale: 5",
            "gflv2, quality-topk: 2, quality-mean: false",
            "atss, bins: 5",
            "atss, octave-base-scale: 6, std: [0.2, 0.2, 0.3, 0.3]",
            "fcos, distances: normalized, centerness: boxes",
            "fcos, distances: distribution",
            "retinanet, scales-per-octave: 2, ratios: [0.5, 2]",
            "retinanet, bins: 6, normalization: group"));
  }

  @ParameterizedTest
  @MethodSource("heads")
  void aDescriptorReadsWhatTheStudentReads(String head) {
    DetectorSpec spec =
        DetectorSpec.parse(
            """
            classes: %d
            strides: [8, 16, 32]
            backbone: {width: 8}
            neck: {channels: 16}
            head: {channels: 16, depth: 1, family: %s}
            """
                .formatted(CLASSES, head),
            head);
    Detector detector = shaken(Detectors.create(spec, manager, 1));
    var descriptor =
        new StudentExport("s", WIDTH, HEIGHT, List.of("a", "b", "c"), 1).descriptor(detector);
    Outputs<float[]> outputs = ImageOutputs.of(forward(detector, images(1))).get(0);
    DetectionDecoder.Limits limits = new DetectionDecoder.Limits(0.001, 0.6, 1000, 100);

    List<Detection> asStudent =
        DetectionDecoder.of(spec, HEIGHT, WIDTH, limits).decode(outputs, WIDTH, HEIGHT);
    List<Detection> asTeacher =
        DetectionDecoder.of(descriptor, CLASSES, limits).decode(outputs, WIDTH, HEIGHT);

    assertThat(DetectorSpec.parse(spec.toYaml(), "again")).isEqualTo(spec);
    assertThat(asStudent).isNotEmpty();
    assertThat(asTeacher).isEqualTo(asStudent);
  }

  @ParameterizedTest
  @MethodSource("heads")
  void theFormWithGradientIsTheFormOfEvaluation(String head) {
    DetectorSpec spec =
        DetectorSpec.parse(
            "{classes: 3, strides: [8, 16], head: {family: %s}}".formatted(head), head);
    Family family = Families.of(spec);
    PriorGrid priors = family.priors(spec, PriorGrid.levels(32, 48, spec.strides()));
    BoxDecoder decoder = family.decoder(spec);
    Random random = new Random(5);
    List<float[]> maps = new ArrayList<>();
    for (LevelGrid grid : priors.levels()) {
      float[] map = new float[decoder.channels() * priors.anchorsPerCell() * grid.cells()];
      for (int i = 0; i < map.length; i++) {
        map[i] = (float) random.nextGaussian();
      }
      maps.add(map);
    }
    Outputs<float[]> outputs = Outputs.<float[]>none().with(decoder.role(), maps);

    for (int position = 0; position < priors.positions(); position++) {
      int level = priors.levelOf(position);
      int prior = position - priors.start(level);
      int anchors = priors.anchorsPerCell();
      int cells = priors.levels().get(level).cells();
      float[] values = new float[decoder.channels()];
      for (int c = 0; c < values.length; c++) {
        values[c] =
            maps.get(level)[(prior % anchors * values.length + c) * cells + prior / anchors];
      }
      double[] expected = decoder.box(outputs, priors, level, prior);
      float[] found =
          decoder
              .boxes(
                  manager.create(values, new Shape(1, values.length)), priors, new int[] {position})
              .toFloatArray();
      for (int e = 0; e < 4; e++) {
        assertThat((double) found[e] * priors.strideOf(position))
            .isCloseTo(expected[e], within(1e-3 * (1 + Math.abs(expected[e]))));
      }
    }
  }

  private static void assertEqual(Outputs<NDArray> found, Outputs<NDArray> expected) {
    assertThat(numbers(found).toArray(float[][]::new))
        .isDeepEqualTo(numbers(expected).toArray(float[][]::new));
  }

  private static void assertClose(float[] found, float[] expected) {
    assertThat(found).hasSameSizeAs(expected);
    float largest = 0;
    float difference = 0;
    for (int i = 0; i < found.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(found[i] - expected[i]));
    }
    assertThat(difference).isLessThanOrEqualTo(1e-4f * largest);
  }

  private static DetectorSpec spec(Family family) {
    return DetectorSpec.parse(
        """
        classes: %d
        strides: [8, 16, 32]
        backbone: {width: 8}
        neck: {channels: 16}
        head: {family: %s, channels: 16, depth: 2}
        """
            .formatted(CLASSES, family.name()),
        family.name());
  }

  private static Outputs<NDArray> forward(Detector detector, NDArray images) {
    return GradientMode.off(() -> detector.forward(images, Mode.EVALUATE));
  }

  private static Outputs<NDArray> exported(Detector detector, Outputs<NDArray> outputs) {
    Set<TensorRole> roles = EnumSet.noneOf(TensorRole.class);
    roles.addAll(Families.of(detector.spec()).tensors(detector.spec()).keySet());
    roles.add(TensorRole.FEATURES);
    roles.addAll(Families.of(detector.spec()).instances(detector.spec()).keySet());
    return outputs.only(roles);
  }

  private static List<float[]> numbers(Outputs<NDArray> outputs) {
    return outputs.map(NDArray::toFloatArray).all();
  }

  /** A network whose every parameter and statistic counts. */
  private static Detector shaken(Detector detector) {
    Random random = new Random(11);
    for (Parameter parameter : detector.parameters()) {
      float[] values = parameter.values();
      for (int i = 0; i < values.length; i++) {
        values[i] += 0.04f * (random.nextFloat() - 0.5f);
      }
      parameter.set(values);
    }
    return detector;
  }

  private NDArray images(int count) {
    Shape shape = new Shape(count, 3, HEIGHT, WIDTH);
    Random random = new Random(3);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }
}
