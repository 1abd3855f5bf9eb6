package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.report.inspect.RecordedViews;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.teacher.model.GraphBuilder;
import dev.lectern.teacher.model.StudentTeacher;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.view.MatchedInstances;
import dev.lectern.trainer.view.TeacherInstances;
import dev.lectern.trainer.view.TeacherOutputs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Teachers that give instances in place of cells: recorded by a worker, sealed, learned from. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InstancesIT {
  private static final int SIDE = TinyTeacher.SIDE;
  private static final int CLASSES = ShapeClass.values().length;
  private static final int ROWS = 6;
  private static final int BINS = 33;

  /** Corners of the known rows, parts of the picture. */
  private static final double[][] BOXES = {
    {0.05, 0.05, 0.45, 0.5},
    {0.5, 0.1, 0.95, 0.55},
    {0.1, 0.5, 0.5, 0.95},
    {0.3, 0.3, 0.7, 0.7},
    {0.0, 0.0, 1.0, 1.0},
    {0.55, 0.55, 0.9, 0.9}
  };

  /** What known tokens differ by from picture to picture, at most. */
  private static final float LITTLE = 1e-3f;

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path dir;
  private Site site;

  @BeforeAll
  void publishDrawnPictures() throws Exception {
    site = new Site(dir);
    Path annotations = TinyTeacher.draw(dir, "train", 16);
    site.publish("drawn", annotations, dir.resolve("images"), SIDE);
  }

  @AfterAll
  void closeSite() {
    site.close();
  }

  @Test
  void queriesOfDFineTeachADenseStudentAndKeepTheExpectedSides() throws Exception {
    // Given: known queries, each with a distribution over the places of its four sides
    Random random = new Random(11);
    GraphBuilder graph = new GraphBuilder().input("images", -1, 3, SIDE, SIDE);
    perView(graph, "pred_logits", random.doubles((long) ROWS * CLASSES, -3, 3), ROWS, CLASSES);
    double[] boxes = centres();
    perView(graph, "pred_boxes", DoubleStream.of(boxes), ROWS, 4);
    // masses near the middle bin, so that no side leaves the student's support
    double[] corners =
        IntStream.range(0, ROWS * 4 * BINS)
            .mapToDouble(i -> random.nextGaussian() - 3.0 * Math.abs(i % BINS - 16))
            .toArray();
    perView(graph, "pred_corners", DoubleStream.of(corners), ROWS, 4 * BINS);
    perView(graph, "ref_points", DoubleStream.of(boxes), ROWS, 4);
    teach(
        "queries",
        graph,
        """
        boxes: {form: distribution, bins: 33, unit: sides, bin-values: %s}
        tensors:
          - {name: logits, output: pred_logits, shape: [%d, %d]}
          - {name: boxes, output: pred_boxes, shape: [%d, 4], conversion: rows unit-cxcywh}
          - {name: dist, output: pred_corners, shape: [%d, 132]}
          - {name: references, output: ref_points, shape: [%d, 4], conversion: rows unit-cxcywh}
        """
            .formatted(binValues(), ROWS, CLASSES, ROWS, ROWS, ROWS));

    // When, then: a GFL student learns from them
    Path run =
        train(
            "queries",
            "[{name: ld}, {name: kd}, {name: tbr}]",
            "strides: [8, 16]\n  octave-base-scale: 2\n  bins: 9\n  head: {depth: 1, channels: 8}");
    assertThat(losses(run)).containsKeys("loss_ld", "loss_kd", "loss_tbr");
    assertThat(losses(run).get("loss_ld")).isPositive();

    // and what was recorded keeps its expected sides where they lie on the student's bins
    expectedSidesAreKept("queries");
  }

  private void expectedSidesAreKept(String recording) throws Exception {
    Map<String, Object> kafka = site.kafka();
    TeacherInstances instances = recorded(kafka, recording);
    PriorGrid priors = PriorGrid.points(List.of(new LevelGrid(8, 8, 8)), 0.5);
    float[] object = {0.3f * SIDE, 0.3f * SIDE, 0.7f * SIDE, 0.7f * SIDE};
    GroundTruth truth = new GroundTruth(object, new int[] {0});
    float[] centre = {4.5f, 4.5f};
    MatchedInstances matched = MatchedInstances.of(instances, List.of(truth), SIDE, SIDE);
    int query = matched.row(0, 0);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      TeacherOutputs seen =
          matched.at(
              new MatchedInstances.Positives(
                  new int[] {36}, new int[] {0}, new int[] {0}, centre, new int[] {8}),
              new TeacherOutputs(
                  null, null, null, Map.of(), Map.of(), null, null, new int[0], List.of()),
              priors,
              64,
              null,
              manager);
      float[] rebinned = seen.matched().probabilities(new int[] {36}, 9);

      float[] logits = instances.row(TensorRole.INSTANCE_DISTRIBUTION, 0, query, 4 * BINS);
      float[] reference = instances.row(TensorRole.INSTANCE_REFERENCES, 0, query, 4);
      for (int side = 0; side < 4; side++) {
        double expected = expectedDistance(logits, reference, side, centre);
        double found = 0;
        for (int bin = 0; bin < 9; bin++) {
          found += bin * rebinned[9 * side + bin];
        }
        assertThat(found).as("side " + side).isCloseTo(expected, within(1e-3));
      }
    }
  }

  private static double expectedDistance(
      float[] logits, float[] reference, int side, float[] centre) {
    double size = reference[2 + side % 2] - reference[side % 2];
    double sum = 0;
    double expected = 0;
    for (int bin = 0; bin < BINS; bin++) {
      double mass = Math.exp(logits[BINS * side + bin]);
      double outwards = binValue(bin) * size;
      sum += mass;
      expected +=
          mass
              * (side < 2
                  ? centre[side] - (reference[side] - outwards) / 8
                  : (reference[side] + outwards) / 8 - centre[side - 2]);
    }
    return expected / sum;
  }

  private TeacherInstances recorded(Map<String, Object> kafka, String recording) {
    RecordingManifest manifest;
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      manifest = manifests.requireRecording(recording);
    }
    IndexEntry entry = RecordedViews.read(kafka, manifest).plain().all().get(0);
    Map<TensorRole, float[]> numbers = new EnumMap<>(TensorRole.class);
    try (PayloadReader payloads = new PayloadReader(kafka, recording)) {
      payloads.scan(
          List.of(entry.getReceipt()),
          TensorKind.INSTANCES,
          (receipt, location, payload) -> {
            TensorContainer container = TensorContainer.open(payload);
            TensorLayout.tensors(manifest.getDescriptor(), List.of(TensorKind.INSTANCES))
                .forEach(
                    tensor ->
                        numbers.put(
                            TensorLayout.role(tensor),
                            container.read(container.find(tensor.getName())).toArray()));
          });
    }
    float[] count = numbers.remove(TensorRole.INSTANCE_COUNT);
    assertThat(count).containsExactly(ROWS);
    return new TeacherInstances(
        ROWS,
        new int[] {ROWS},
        numbers,
        manifest.getDescriptor().getClasses(),
        manifest.getDescriptor().getBoxes(),
        CLASSES);
  }

  @Test
  void detectionsTeachBoxesAndSayWhatTheyLack() throws Exception {
    GraphBuilder graph = new GraphBuilder().input("images", -1, 3, SIDE, SIDE);
    double[] rows = new double[ROWS * 6];
    for (int row = 0; row < ROWS; row++) {
      for (int i = 0; i < 4; i++) {
        rows[6 * row + i] = SIDE * BOXES[row][i];
      }
      rows[6 * row + 4] = row < 5 ? 0.9 - 0.1 * row : 0;
      rows[6 * row + 5] = row % CLASSES;
    }
    perView(graph, "output0", DoubleStream.of(rows), ROWS, 6);
    teach(
        "detections",
        graph,
        """
        tensors:
          - {name: boxes, output: output0, shape: [%d, 4], conversion: rows 0:4 xyxy}
          - {name: labels, output: output0, shape: [%d], conversion: rows 5:6}
          - {name: scores, output: output0, shape: [%d], conversion: rows 4:5}
          - {name: rows, output: output0, shape: [1], conversion: rows 4:5 positive}
        """
            .formatted(ROWS, ROWS, ROWS));
    String student =
        "strides: [8, 16]\n  head: {family: fcos, depth: 1, channels: 8}\n  neck: {channels: 8}";

    assertThat(losses(train("detections", "[{name: tbr}]", student))).containsKey("loss_tbr");

    CommandRun refused =
        site.run("train", "--config", config("refused", "detections", "[{name: kd}]", student));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .contains("kd: the teacher gives detections, which have no class logits");
  }

  @Test
  void aFasterRcnnStudentLooksAtTheRecordedProposals() throws Exception {
    Random random = new Random(5);
    GraphBuilder graph = new GraphBuilder().input("images", -1, 3, SIDE, SIDE);
    double[] boxes =
        IntStream.range(0, ROWS)
            .boxed()
            .flatMap(row -> DoubleStream.of(BOXES[row]).map(v -> SIDE * v).boxed())
            .mapToDouble(Double::doubleValue)
            .toArray();
    perView(graph, "proposals", DoubleStream.of(boxes), ROWS, 4);
    perView(graph, "scores", random.doubles(ROWS, -2, 2), ROWS);
    perView(graph, "roi_cls", random.doubles(ROWS * (CLASSES + 1L), -3, 3), ROWS, CLASSES + 1);
    perView(graph, "roi_reg", random.doubles(ROWS * 4L * CLASSES, -1, 1), ROWS, 4 * CLASSES);
    String features = "images";
    for (int level = 0; level < 3; level++) {
      features =
          graph.convolution(features, "p" + level, level == 0 ? 3 : 8, 8, 3, level == 0 ? 8 : 2);
      graph.output(features);
    }
    teach(
        "proposals",
        graph,
        """
        classes: {activation: softmax, background: last}
        boxes: {form: delta, std: [0.1, 0.1, 0.2, 0.2]}
        tensors:
          - {name: fpn.0, output: p0, shape: [8, 8, 8], stride: 8}
          - {name: fpn.1, output: p1, shape: [8, 4, 4], stride: 16}
          - {name: fpn.2, output: p2, shape: [8, 2, 2], stride: 32}
          - {name: boxes, output: proposals, shape: [%d, 4]}
          - {name: objectness, output: scores, shape: [%d]}
          - {name: logits, output: roi_cls, shape: [%d, %d]}
          - {name: deltas, output: roi_reg, shape: [%d, %d]}
        """
            .formatted(ROWS, ROWS, ROWS, CLASSES + 1, ROWS, 4 * CLASSES));

    Path run =
        train(
            "proposals",
            "[{name: kd}, {name: kd, region: recorded}, {name: tbr}, {name: gid}, {name: mimic},"
                + " {name: defeat_head}]",
            "strides: [8, 16, 32]\n  neck: {channels: 8}\n"
                + "  head: {family: faster_rcnn, channels: 8, hidden: 16, proposals: 12}");

    assertThat(losses(run))
        .containsKeys(
            "loss_kd",
            "loss_kd_recorded",
            "loss_tbr",
            "loss_gid",
            "loss_mimic",
            "loss_defeat_head");
    assertThat(losses(run).get("loss_defeat_head")).isPositive();
  }

  /** Trained on the annotations, recorded from its file and from its export, and learned from. */
  @Test
  @Tag("families")
  void aFasterRcnnStudentTeachesTheNextByItsProposals() throws Exception {
    String student =
        "strides: [4, 8, 16, 32]\n  neck: {channels: 16}\n"
            + "  head: {family: faster_rcnn, octave-base-scale: 4, channels: 16, hidden: 64,"
            + " proposals: 50}";
    String first = config("first", "dataset: drawn", 60, "[]", student);
    site.done("train", "--config", first, "--set", "optimizer.learning-rate=0.003");
    Path file = dir.resolve("first").resolve("student.safetensors");
    Path described = dir.resolve("first.yaml");
    DescriptorYaml.write(
        StudentTeacher.describe(file, ShapeClass.names(), SIDE, SIDE, 1), described);
    site.done(
        "export",
        "--student",
        file.toString(),
        "--dataset",
        "drawn",
        "--name",
        "exported",
        "--out",
        dir.toString());

    // When: the file and its export are recorded
    site.record("drawn", "first", file, "--teacher", described.toString());
    site.record("drawn", "exported", dir.resolve("exported"));

    // Then: both find what the student finds
    double ap = ap("--student", file.toString(), "--recording", "first", "--split", "train");
    assertThat(ap).isGreaterThan(0.2);
    assertThat(ap("--recording", "first")).isCloseTo(ap, within(0.002));
    assertThat(ap("--recording", "exported")).isCloseTo(ap, within(0.002));

    // And a second student learns from the proposals, the same bits with an interruption
    String losses =
        "[{name: kd}, {name: kd, region: recorded}, {name: tbr}, {name: gid}, {name: mimic},"
            + " {name: defeat_head}, {name: fitnets}]";
    String constant = "schedule.name=constant";
    String whole = config("whole", "recording: first", 2, losses, student);
    site.done("train", "--config", whole, "--set", constant);
    String stopped = config("stopped", "recording: first", 1, losses, student);
    site.done("train", "--config", stopped, "--set", constant);
    stopped = config("stopped", "recording: first", 2, losses, student);
    site.done("train", "--resume", "--config", stopped, "--set", constant);
    assertThat(losses(dir.resolve("whole")).values()).allMatch(Double::isFinite);
    assertThat(losses(dir.resolve("whole")))
        .containsKeys("loss_kd", "loss_kd_recorded", "loss_defeat_head", "loss_mimic", "loss_gid");
    assertThat(losses(dir.resolve("whole")).get("loss_defeat_head")).isPositive();
    assertThat(dir.resolve("stopped").resolve("student.safetensors"))
        .hasSameBinaryContentAs(dir.resolve("whole").resolve("student.safetensors"));
  }

  @Test
  void aFasterRcnnRunThatWasStoppedSamplesTheSameBoxes() throws Exception {
    String student =
        "strides: [8, 16, 32]\n  neck: {channels: 8}\n"
            + "  head: {family: faster_rcnn, channels: 8, hidden: 16, proposals: 12}";
    String constant = "schedule.name=constant";
    // fewer than there are, so that the generator decides
    String few = "objective={rpn-samples: 32, samples: 8}";
    String whole = config("sampled-whole", "dataset: drawn", 2, "[]", student);
    site.done("train", "--config", whole, "--set", constant, "--set", few);
    String stopped = config("sampled", "dataset: drawn", 1, "[]", student);
    site.done("train", "--config", stopped, "--set", constant, "--set", few);
    stopped = config("sampled", "dataset: drawn", 2, "[]", student);

    site.done("train", "--resume", "--config", stopped, "--set", constant, "--set", few);

    assertThat(dir.resolve("sampled").resolve("student.safetensors"))
        .hasSameBinaryContentAs(dir.resolve("sampled-whole").resolve("student.safetensors"));
  }

  @Test
  void aStudentTakesADetectorsLogitsAndTheTokensOfAModelWithoutBoxes() throws Exception {
    // Given: a detector, and a model of known patch tokens, 16 pixels a side, row by row
    TinyTeacher.write(dir, "detector", 1);
    site.record("drawn", "detector", dir.resolve("detector"));
    int side = SIDE / 16;
    int channels = 6;
    double[] tokens = new Random(7).doubles((long) side * side * channels, -2, 2).toArray();
    GraphBuilder graph = new GraphBuilder().input("images", -1, 3, SIDE, SIDE);
    perView(graph, "known", DoubleStream.of(tokens), side * side, channels);
    double[] share = {LITTLE};
    graph.node("Mul", "little", List.of("known mean", graph.floats("share", share, 1)));
    graph.node("Add", "tokens", List.of("known", "little"));
    graph.output("tokens");
    Files.write(dir.resolve("foundation.onnx"), graph.bytes());
    Files.writeString(
        dir.resolve("foundation.yaml"),
        """
        name: foundation
        task: features
        input: {name: images, width: %d, height: %d, channels: rgb, mean: [0, 0, 0], std: [255, 255, 255]}
        tensors:
          - {name: fpn.0, output: tokens, shape: [%d, %d, %d], stride: 16, conversion: rows}
        class-names: []
        batch-size: 4
        """
            .formatted(SIDE, SIDE, channels, side, side));
    site.record(
        "drawn", "foundation", dir.resolve("foundation"), "--set", "encoding.fpn-features=float32");

    // Then: its tokens are a map of that stride
    TensorContainer recorded = payload("foundation", TensorKind.FPN_FEATURES);
    float[] map = recorded.read(recorded.find("fpn.0")).toArray();
    for (int channel = 0; channel < channels; channel++) {
      for (int cell = 0; cell < side * side; cell++) {
        assertThat(map[channel * side * side + cell])
            .isCloseTo((float) tokens[cell * channels + channel], within(LITTLE));
      }
    }

    // And one run learns from both
    String student =
        "strides: [8, 16]\n  octave-base-scale: 2\n  bins: 5\n  head: {depth: 1, channels: 8}";
    String both =
        config(
            "both",
            "recordings: [detector, foundation]",
            2,
            "[{name: kd, teachers: [detector]}, {name: ld, teachers: [detector]},"
                + " {name: token_cosine, teachers: [foundation]},"
                + " {name: fitnets, levels: [1], teachers: [foundation]}]",
            student);
    site.done("train", "--config", both);
    assertThat(losses(dir.resolve("both")))
        .containsKeys(
            "loss_kd@detector",
            "loss_ld@detector",
            "loss_token_cosine@foundation",
            "loss_fitnets@foundation");
    assertThat(losses(dir.resolve("both")).get("loss_token_cosine@foundation")).isPositive();

    // And what the model does not have is refused
    CommandRun refused =
        site.run(
            "train",
            "--config",
            config("no-classes", "recording: foundation", 1, "[{name: kd}]", student));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("recording 'foundation' does not suit the run: kd: ");
  }

  private double ap(String... of) throws Exception {
    List<String> command = new ArrayList<>(List.of("evaluate", "--json"));
    command.addAll(List.of(of));
    return JSON.readTree(site.done(command.toArray(String[]::new)).out()).get("AP").asDouble();
  }

  /** What is recorded of the first view. */
  private TensorContainer payload(String recording, TensorKind kind) {
    RecordingManifest manifest;
    try (ManifestStore manifests = new ManifestStore(site.kafka())) {
      manifest = manifests.requireRecording(recording);
    }
    IndexEntry entry = RecordedViews.read(site.kafka(), manifest).all().get(0);
    try (PayloadReader payloads = new PayloadReader(site.kafka(), recording)) {
      return TensorContainer.open(payloads.read(entry.getReceipt(), kind));
    }
  }

  /** A constant of each view, which depends on the picture in name alone. */
  private static void perView(GraphBuilder graph, String name, DoubleStream values, long... shape) {
    long[] ones = new long[shape.length + 1];
    java.util.Arrays.fill(ones, 1);
    ones[0] = -1;
    long[] of = new long[shape.length + 1];
    of[0] = 1;
    System.arraycopy(shape, 0, of, 1, shape.length);
    graph.node("GlobalAveragePool", name + " pool", List.of("images"));
    graph.slice(name + " pool", name + " red", 1, 0, 1);
    graph.reshape(name + " red", name + " mean", ones);
    graph.node(
        "Mul",
        name + " nothing",
        List.of(name + " mean", graph.floats(name + " zero", new double[] {0}, 1)));
    graph.node(
        "Add",
        name,
        List.of(name + " nothing", graph.floats(name + " values", values.toArray(), of)));
    graph.output(name);
  }

  /** Centre and size of the known boxes, parts of the picture. */
  private static double[] centres() {
    return Arrays.stream(BOXES)
        .flatMapToDouble(
            b -> DoubleStream.of((b[0] + b[2]) / 2, (b[1] + b[3]) / 2, b[2] - b[0], b[3] - b[1]))
        .toArray();
  }

  /** D-FINE's: W(n) / 4 with up 0.5 and reg_scale 4. */
  private static double binValue(int n) {
    if (n == 0 || n == BINS - 1) {
      return n == 0 ? -1 : 1;
    }
    double step = Math.pow(3, 2.0 / 30);
    return Math.signum(n - 16) * (Math.pow(step, Math.abs(n - 16)) - 1) / 4;
  }

  private static List<Double> binValues() {
    return IntStream.range(0, BINS).mapToObj(InstancesIT::binValue).toList();
  }

  private void teach(String recording, GraphBuilder graph, String tensors) throws Exception {
    Files.write(dir.resolve(recording + ".onnx"), graph.bytes());
    Files.writeString(
        dir.resolve(recording + ".yaml"),
        """
        name: %s
        input: {name: images, width: %d, height: %d, channels: rgb, mean: [0, 0, 0], std: [255, 255, 255]}
        %sclass-names: %s
        batch-size: 4
        """
            .formatted(
                recording,
                SIDE,
                SIDE,
                tensors,
                ShapeClass.names().stream().collect(Collectors.joining(", ", "[", "]"))));
    site.record("drawn", recording, dir.resolve(recording));
  }

  private Path train(String recording, String losses, String student) throws Exception {
    site.done("train", "--config", config("run-" + recording, recording, losses, student));
    return dir.resolve("run-" + recording);
  }

  private static String config(String name, String recording, String losses, String student)
      throws Exception {
    return config(name, "recording: " + recording, 2, losses, student);
  }

  private static String config(String name, String from, int epochs, String losses, String student)
      throws Exception {
    return Files.writeString(
            dir.resolve("run-" + name + ".yaml"),
            """
            %s
            out: %s
            epochs: %d
            batch-size: 8
            optimizer: {name: adamw, learning-rate: 0.001}
            schedule: {warmup-steps: 1}
            losses: %s
            evaluation: {split: none}
            student:
              classes: %d
              backbone: {depth: 18, width: 8}
              %s
            """
                .formatted(from, dir.resolve(name), epochs, losses, CLASSES, student))
        .toString();
  }

  /** Of the last step, by name. */
  private static Map<String, Double> losses(Path run) throws Exception {
    List<String> lines = Files.readAllLines(run.resolve("metrics.csv"));
    List<String> names = List.of(lines.get(0).split(","));
    List<String> values = List.of(lines.get(lines.size() - 1).split(","));
    return IntStream.range(0, names.size())
        .filter(i -> names.get(i).startsWith("loss_"))
        .boxed()
        .collect(Collectors.toMap(names::get, i -> Double.valueOf(values.get(i))));
  }
}
