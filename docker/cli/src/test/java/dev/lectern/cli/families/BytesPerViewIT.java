package dev.lectern.cli.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.lectern.cli.Site;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.teacher.model.GraphBuilder;
import dev.lectern.teacher.model.StudentTeacher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bytes of a view by tier, for each kind of teacher and the default encodings: the table of the
 * teacher-worker's README. Photos and two models lie in the folder that -Dlectern.shared names;
 * exports of others give random numbers, which compress least.
 */
class BytesPerViewIT {
  private static final Path README = Path.of("../../teacher-worker/README.md");
  private static final List<String> TIERS =
      List.of("CLASS_SCORES", "BOX_LOGITS", "FPN_FEATURES", "INSTANCES");
  private static final int CLASSES = 80;
  private static final int VIEWS = 8;

  /** Part of a README's number that a new measurement may be off by. */
  private static final double TOLERANCE = 0.03;

  @TempDir private static Path dir;

  @Test
  @Tag("families")
  void theReadmeSaysHowManyBytesAViewTakes() throws Exception {
    Path data = Path.of(System.getProperty("lectern.shared", "shared"), "data");
    Path coco = data.resolve("coco-mini");
    assumeTrue(
        Files.isDirectory(coco),
        "skipped: needs data/coco-mini below the folder that -Dlectern.shared names");
    try (Site site = new Site(dir)) {
      publish(site, coco, 416);
      publish(site, coco, 257);
      Path nanodet = model(data, "nanodet_plus_m_1.5x_416/nanodet_plus_m_1.5x_416.onnx");
      Path dense = shipped("nanodet-plus-m-1.5x-416", nanodet);
      site.record("photos416", "dense", dense);
      site.record(
          "photos416",
          "regions",
          dense,
          "--set",
          "encoding.class-positions=regions",
          "--set",
          "encoding.box-positions=regions");
      site.record(
          "photos257",
          "pixels",
          shipped(
              "deeplabv3-mobilenetv2-257",
              model(data, "deeplabv3_mobilenetv2_257/deeplabv3_mnv2.onnx")));
      recordTwoStages(site);
      site.record("photos416", "queries", export("rtdetr-r18-640"));
      site.record("photos416", "distributions", export("dfine-s-640"));
      site.record("photos416", "detections", detections());
      site.record("photos416", "tokens", export("dinov3-vits16-416"));

      String readme = Files.readString(README);
      for (String line :
          List.of(
              row(site, "NanoDet-Plus-m-1.5x at 416x416, dense", "dense"),
              row(site, "the same, regions", "regions"),
              row(site, "DeepLabV3 on MobileNetV2 at 257x257, 21 classes", "pixels"),
              row(site, "Faster R-CNN R18 at 416x416, 1000 proposals", "proposals"),
              row(site, "RT-DETR, 300 queries", "queries"),
              row(site, "D-FINE, 300 queries with 33 bins a side", "distributions"),
              row(site, "300 detections after suppression", "detections"),
              row(site, "ViT-S/16 at 416x416, tokens alone", "tokens"))) {
        assertRow(readme, line);
      }
    }
  }

  private static void publish(Site site, Path coco, int side) throws IOException {
    site.done(
        "publish",
        "--name",
        "photos" + side,
        "--format",
        "coco",
        "--annotations",
        coco.resolve("annotations/instances_val2017.json").toString(),
        "--images",
        coco.resolve("val2017").toString(),
        "--split",
        "val",
        "--split-file",
        first(coco).toString(),
        "--size",
        side + "x" + side,
        "--resize",
        "stretch");
  }

  /** The names of the first photos. */
  private static Path first(Path coco) throws IOException {
    try (Stream<Path> files = Files.list(coco.resolve("val2017"))) {
      return Files.write(
          dir.resolve("first.txt"),
          files.map(file -> file.getFileName().toString()).sorted().limit(VIEWS).toList());
    }
  }

  private static Path model(Path data, String name) {
    return data.resolve("models").resolve(name);
  }

  private static Path shipped(String descriptor, Path model) throws Exception {
    Files.copy(model, dir.resolve(descriptor + ".onnx"));
    Files.copy(Path.of("..", "teachers", descriptor + ".yaml"), dir.resolve(descriptor + ".yaml"));
    Path names = dir.resolve("coco.names");
    if (!Files.exists(names)) {
      Files.copy(Path.of("..", "teachers", "coco.names"), names);
    }
    return dir.resolve(descriptor);
  }

  private static void recordTwoStages(Site site) throws Exception {
    DetectorSpec spec =
        DetectorSpec.parse("{preset: faster_rcnn_r18, classes: %d}".formatted(CLASSES), "spec");
    Path student = dir.resolve("two-stages.safetensors");
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector network = Detectors.create(spec, manager, 1)) {
      Weights.save(network, student);
    }
    List<String> names = Files.readAllLines(dir.resolve("coco.names"));
    Path descriptor = dir.resolve("two-stages.yaml");
    DescriptorYaml.write(StudentTeacher.describe(student, names, 416, 416, 1), descriptor);
    site.record("photos416", "proposals", student, "--teacher", descriptor.toString());
  }

  /** A model of random numbers for a shipped descriptor, at 416x416. */
  private static Path export(String name) throws Exception {
    String yaml =
        Files.readString(Path.of("..", "teachers", name + ".yaml"))
            .replace("width: 640, height: 640", "width: 416, height: 416");
    Files.writeString(dir.resolve(name + ".yaml"), yaml);
    var descriptor = DescriptorYaml.read(dir.resolve(name + ".yaml"));
    GraphBuilder graph = new GraphBuilder().input(descriptor.getInputName(), -1, 3, 416, 416);
    descriptor.getTensors().stream()
        .filter(tensor -> !tensor.getName().equals("rows"))
        .forEach(
            tensor -> {
              List<Integer> shape = tensor.getShape();
              long[] output =
                  tensor.getConversion().equals("rows")
                      ? new long[] {(long) shape.get(1) * shape.get(2), shape.get(0)}
                      : shape.stream().mapToLong(Integer::longValue).toArray();
              random(graph, descriptor.getInputName(), tensor.getOutput(), output);
            });
    Files.write(dir.resolve(name + ".onnx"), graph.bytes());
    return dir.resolve(name);
  }

  private static Path detections() throws Exception {
    GraphBuilder graph = new GraphBuilder().input("images", -1, 3, 416, 416);
    random(graph, "images", "output0", 300, 6);
    Files.write(dir.resolve("detections.onnx"), graph.bytes());
    Files.writeString(
        dir.resolve("detections.yaml"),
        """
        name: detections
        input: {name: images, width: 416, height: 416, channels: rgb, mean: [0, 0, 0], std: [255, 255, 255]}
        tensors:
          - {name: boxes, output: output0, shape: [300, 4], conversion: rows 0:4 xyxy}
          - {name: labels, output: output0, shape: [300], conversion: rows 5:6}
          - {name: scores, output: output0, shape: [300], conversion: rows 4:5}
        class-names-file: coco.names
        batch-size: 4
        """);
    return dir.resolve("detections");
  }

  /** Numbers of each view that depend on the picture in name alone. */
  private static void random(GraphBuilder graph, String input, String name, long... shape) {
    long[] ones = new long[shape.length + 1];
    Arrays.fill(ones, 1);
    ones[0] = -1;
    long[] of = new long[shape.length + 1];
    of[0] = 1;
    System.arraycopy(shape, 0, of, 1, shape.length);
    int size = (int) Arrays.stream(shape).reduce(1, Math::multiplyExact);
    graph.node("GlobalAveragePool", name + " pool", List.of(input));
    graph.slice(name + " pool", name + " red", 1, 0, 1);
    graph.reshape(name + " red", name + " mean", ones);
    graph.node(
        "Mul",
        name + " nothing",
        List.of(name + " mean", graph.floats(name + " zero", new double[] {0}, 1)));
    Random numbers = new Random(name.hashCode());
    double[] values = IntStream.range(0, size).mapToDouble(i -> numbers.nextGaussian()).toArray();
    graph.node("Add", name, List.of(name + " nothing", graph.floats(name + " values", values, of)));
    graph.output(name);
  }

  /** A row of the table, KB of each tier. */
  private static String row(Site site, String teacher, String recording) throws Exception {
    JsonNode described = site.describe(recording);
    long views = described.get("recorded").asLong();
    assertThat(views).isEqualTo(VIEWS);
    List<String> cells = new ArrayList<>(List.of(teacher));
    for (String tier : TIERS) {
      JsonNode bytes = described.get("bytesPerKind").get(tier);
      cells.add(
          bytes == null || bytes.asLong() == 0
              ? ""
              : String.format(Locale.ROOT, "%.1f", bytes.asDouble() / views / 1000));
    }
    String row = "| " + String.join(" | ", cells) + " |";
    System.out.println(row);
    return row;
  }

  private static void assertRow(String readme, String row) {
    String start = row.substring(0, row.indexOf('|', 2) + 1);
    String[] found = row.split("\\|", -1);
    String[] stated =
        readme
            .lines()
            .filter(line -> line.startsWith(start))
            .findFirst()
            .orElseThrow(() -> new AssertionError("the README has no row like " + row))
            .split("\\|", -1);
    assertThat(stated).hasSameSizeAs(found);
    for (int cell = 2; cell < found.length; cell++) {
      assertThat(stated[cell].isBlank()).as(row).isEqualTo(found[cell].isBlank());
      if (!found[cell].isBlank()) {
        double measured = Double.parseDouble(found[cell].strip());
        assertThat(Double.parseDouble(stated[cell].strip()))
            .as(row)
            .isCloseTo(measured, within(TOLERANCE * measured + 0.1));
      }
    }
  }
}
