package dev.lectern.cli.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDManager;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.network.Detectors;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.serde.AvroLimits;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.trainer.train.Applicability;
import dev.lectern.trainer.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which methods apply to every kind of teacher and student there is, dense or not. */
class EveryPairTest {
  static {
    AvroLimits.apply();
  }

  private static final String NAMES =
      ShapeClass.names().stream().collect(Collectors.joining(", ", "[", "]"));

  private static final String FEATURES =
      """
        - {name: fpn.0, output: p0, shape: [8, 8, 8], stride: 8}
        - {name: fpn.1, output: p1, shape: [8, 4, 4], stride: 16}
        - {name: fpn.2, output: p2, shape: [8, 2, 2], stride: 32}
      """;

  private static final String QUERIES =
      """
        - {name: logits, output: pred_logits, shape: [6, %d]}
        - {name: boxes, output: pred_boxes, shape: [6, 4], conversion: rows unit-cxcywh}
      """
          .formatted(ShapeClass.values().length);

  /** Teachers that are exports of others, by the names of the table. */
  private static final Map<String, String> EXPORTS = exports();

  private static Map<String, String> exports() {
    Map<String, String> exports = new LinkedHashMap<>();
    exports.put("rtdetr", "tensors:\n" + FEATURES + QUERIES);
    exports.put(
        "dfine",
        "boxes: {form: distribution, bins: 3, unit: sides, bin-values: [-0.5, 0, 0.5]}\ntensors:\n"
            + FEATURES
            + QUERIES
            + """
              - {name: dist, output: pred_corners, shape: [6, 12]}
              - {name: references, output: ref_points, shape: [6, 4], conversion: rows unit-cxcywh}
            """);
    StringBuilder decoded = new StringBuilder("boxes: {form: ltrb}\npriors: {grid-offset: 0.5}\n");
    decoded.append("tensors:\n");
    for (int level = 0; level < 3; level++) {
      decoded.append(
          """
            - {name: cls.%d, output: output0, stride: %d, conversion: columns 4:%d logit}
            - {name: ltrb.%d, output: output0, stride: %d, conversion: columns 0:4 cxcywh}
          """
              .formatted(level, 8 << level, 4 + ShapeClass.values().length, level, 8 << level));
    }
    exports.put("decoded_export", decoded.toString());
    exports.put(
        "after_nms_export",
        """
        tensors:
          - {name: boxes, output: output0, shape: [6, 4], conversion: rows 0:4 xyxy}
          - {name: labels, output: output0, shape: [6], conversion: rows 5:6}
          - {name: scores, output: output0, shape: [6], conversion: rows 4:5}
        """);
    return exports;
  }

  /** Networks of our own beside the dense ones. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "faster_rcnn",
          "{classes: %d, backbone: {depth: 18, width: 8}, neck: {channels: 8}, strides: [4, 8, 16,"
              + " 32, 64], head: {family: faster_rcnn, channels: 8, hidden: 8}}",
          "segmentation",
          "{classes: %d, backbone: {depth: 18, width: 8}, head: {family: deeplabv3, channels: 8}}");

  private static final List<String> TEACHERS =
      Stream.of(
              FamilyMatrix.KINDS.keySet().stream(),
              Stream.of("faster_rcnn"),
              EXPORTS.keySet().stream(),
              Stream.of("segmentation"))
          .flatMap(names -> names)
          .toList();

  private static final List<String> STUDENTS =
      Stream.concat(FamilyMatrix.KINDS.keySet().stream(), Stream.of("faster_rcnn", "segmentation"))
          .toList();

  /** A method of each group by what the reasoned table calls it. */
  private static final Map<String, String> METHODS =
      Map.of(
          "ld (main, vlr)", "ld",
          "kd (main, vlr)", "kd",
          "tbr", "tbr",
          "class maps", "cwd_logits",
          "features", "fitnets",
          "general instances", "gid",
          "mimic", "mimic",
          "defeat head (RoI logits)", "defeat_head");

  /** In the order of a cell. */
  private static final Map<String, String> LETTERS = letters();

  private static Map<String, String> letters() {
    Map<String, String> letters = new LinkedHashMap<>(FamilyMatrix.METHODS);
    letters.put("D", "defeat_head");
    return letters;
  }

  private static final Path README = Path.of("../../student-trainer/trainer/README.md");
  private static final String BEGIN = "<!-- what EveryPairTest saw -->\n";
  private static final String END = "<!-- to its end -->\n";

  @TempDir private static Path folder;

  private static final Map<String, List<Applicability>> ALL = new LinkedHashMap<>();

  @BeforeAll
  static void askEveryPair() throws IOException {
    for (String teacher : TEACHERS) {
      RecordingManifest recording = recording(teacher);
      for (String student : STUDENTS) {
        String yaml =
            """
            recording: %s
            out: out
            student: %s
            """
                .formatted(teacher, network(student));
        TrainConfig run = ConfigLoader.bind(yaml, List.of(), TrainConfig.class, "test");
        ALL.put(teacher + " " + student, Applicability.ofEvery(run, recording, dataset()));
      }
    }
  }

  private static DatasetManifest dataset() {
    return DatasetManifest.newBuilder()
        .setName("drawn")
        .setState(State.SEALED)
        .setClassNames(ShapeClass.names())
        .setWidth(FamilyMatrix.SIDE)
        .setHeight(FamilyMatrix.SIDE)
        .setCategoryIds(List.of())
        .setSourceFormat("coco")
        .setViewsPerImage(1)
        .setPixelFormat(PixelFormat.PNG)
        .setImages(1)
        .setViews(1)
        .setObjects(1)
        .build();
  }

  private static String network(String kind) {
    return OTHERS.containsKey(kind)
        ? OTHERS.get(kind).formatted(ShapeClass.values().length)
        : FamilyMatrix.network(kind);
  }

  private static TeacherDescriptor descriptor(String kind) throws IOException {
    if (EXPORTS.containsKey(kind)) {
      Path file =
          Files.writeString(
              folder.resolve(kind + ".yaml"),
              """
              name: %s
              input: {name: images, width: %d, height: %d, channels: rgb, mean: [0, 0, 0], std: [255, 255, 255]}
              %s
              class-names: %s
              """
                  .formatted(kind, FamilyMatrix.SIDE, FamilyMatrix.SIDE, EXPORTS.get(kind), NAMES));
      return DescriptorYaml.read(file);
    }
    DetectorSpec spec = DetectorSpec.parse(network(kind), kind);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector = Detectors.create(spec, manager, 1)) {
      return new StudentExport(kind, FamilyMatrix.SIDE, FamilyMatrix.SIDE, ShapeClass.names(), 1)
          .descriptor(detector);
    }
  }

  private static RecordingManifest recording(String kind) throws IOException {
    TeacherDescriptor descriptor = descriptor(kind);
    return RecordingManifest.newBuilder()
        .setName(kind)
        .setState(State.SEALED)
        .setDataset("drawn")
        .setTeacherId(kind + "@0")
        .setDescriptor(descriptor)
        .setEncodings(
            TensorLayout.kinds(descriptor).stream()
                .map(one -> TensorEncoding.of(Values.FLOAT32).of(one))
                .toList())
        .setExpected(1)
        .setRecorded(1)
        .setDigest("")
        .build();
  }

  /** The dense kinds have a table of their own. */
  @Test
  void theReadmeSaysWhatAppliesToTheOthers() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    if (System.getProperty("lectern.matrix", "").equals("write")) {
      Files.writeString(README, readme.substring(0, begin) + markdown() + readme.substring(end));
    }
    assertThat(Files.readString(README)).contains(BEGIN + markdown() + END);
  }

  private static String markdown() {
    StringBuilder text = new StringBuilder("| teacher \\ student |");
    List<String> students =
        List.of("gfl", "atss", "retinanet", "yolov8", "faster_rcnn", "segmentation");
    students.forEach(student -> text.append(" `").append(student).append("` |"));
    text.append("\n|---|").append("---|".repeat(students.size())).append('\n');
    for (String teacher :
        TEACHERS.stream()
            .filter(t -> !FamilyMatrix.KINDS.containsKey(t) || t.equals("gfl"))
            .toList()) {
      text.append("| `").append(teacher).append("` |");
      for (String student : students) {
        text.append(" `").append(cell(teacher, student)).append("` |");
      }
      text.append('\n');
    }
    return text.toString();
  }

  /** Letters in the order of {@link #LETTERS}: upper case exact, lower case converted. */
  private static String cell(String teacher, String student) {
    StringBuilder cell = new StringBuilder();
    LETTERS.forEach(
        (letter, method) ->
            cell.append(
                switch (verdict(teacher, student, method)) {
                  case "E" -> letter;
                  case "C" -> letter.toLowerCase(Locale.ROOT);
                  default -> "-";
                }));
    return cell.toString();
  }

  /**
   * A table that was reasoned before any of this was built, {@code families/matrix.csv} in the
   * folder that -Dlectern.shared names: E exact, C converted, N not applicable.
   */
  @Test
  void theVerdictsAreThoseThatWereReasonedBeforehandButForKnownOnes() throws IOException {
    Path reasoned =
        Path.of(System.getProperty("lectern.shared", "shared"), "families", "matrix.csv");
    assumeTrue(
        Files.isRegularFile(reasoned),
        "skipped: needs families/matrix.csv below the folder that -Dlectern.shared names");
    Map<String, Set<String>> differences = new TreeMap<>();
    int compared = 0;
    for (String line : Files.readAllLines(reasoned)) {
      String[] start = line.split(",", 3);
      if (!TEACHERS.contains(start[0])) {
        continue;
      }
      String rest = start[2].replace("\"", "");
      for (Map.Entry<String, String> group : METHODS.entrySet()) {
        if (rest.startsWith(group.getKey())) {
          String found = verdict(start[0], start[1], group.getValue());
          String wanted =
              rest.substring(group.getKey().length()).replaceFirst(".*?,([ECN]),.*", "$1");
          compared++;
          if (!found.equals(wanted)) {
            differences
                .computeIfAbsent(group.getValue() + " " + wanted + found, key -> new TreeSet<>())
                .add(start[0] + ">" + start[1]);
          }
        }
      }
    }
    assertThat(compared).isEqualTo(16 * 12 * 8);
    assertThat(differences).isEqualTo(known());
  }

  /**
   * Where this differs from the reasoned table. A method, what was reasoned, what a run is told,
   * and the pairs.
   */
  private static Map<String, Set<String>> known() {
    Set<String> both = Set.of("faster_rcnn>faster_rcnn");
    Map<String, Set<String>> known = new TreeMap<>();
    // both second stages look at the recorded proposals, row by row
    known.put("tbr CE", both);
    known.put("gid CE", both);
    // an objectness is not a class
    known.put("cwd_logits CN", both);
    return known;
  }

  private static String verdict(String teacher, String student, String method) {
    Applicability found = FamilyMatrix.of(ALL.get(teacher + " " + student), method);
    return found.applies() ? found.conversions().isEmpty() ? "E" : "C" : "N";
  }
}
