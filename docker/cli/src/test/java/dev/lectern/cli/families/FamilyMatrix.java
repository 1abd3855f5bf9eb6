package dev.lectern.cli.families;

import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.trainer.train.Applicability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a student of each dense family learns from a teacher of each, by one method of each group:
 * the table of the trainer's README.
 */
final class FamilyMatrix {
  /** Pixels of the canvas. */
  static final int SIDE = 64;

  /** Heads by the names of the table; the levels are those of the published detectors. */
  static final Map<String, String> KINDS = kinds();

  /** A student of two stages, which learns by features alone; not in the table. */
  static final String TWO_STAGES = "faster_rcnn";

  private static final String TWO_STAGE_HEAD =
      "strides: [4, 8, 16, 32, 64], head: {family: faster_rcnn, channels: 8, hidden: 8}";

  /** A method of each group by the letter of the table. */
  static final Map<String, String> METHODS = methods();

  private static final Path README = Path.of("../../student-trainer/trainer/README.md");
  private static final String BEGIN = "<!-- what FamilyMatrixIT saw -->\n";
  private static final String END = "<!-- to here -->\n";

  private final Map<String, String> cells = new LinkedHashMap<>();
  private final Map<String, Set<String>> conversions = new LinkedHashMap<>();
  private final Map<String, Set<String>> obstacles = new LinkedHashMap<>();

  private static Map<String, String> kinds() {
    String five = "strides: [8, 16, 32, 64, 128], head: {family: ";
    String tower = ", depth: 1, channels: 8";
    Map<String, String> kinds = new LinkedHashMap<>();
    kinds.put("gfl", five + "gfl" + tower + ", bins: 17}");
    kinds.put("gflv2", five + "gflv2" + tower + ", bins: 17}");
    kinds.put("atss", five + "atss" + tower + "}");
    kinds.put("atss_dist", five + "atss" + tower + ", bins: 17}");
    kinds.put("fcos", five + "fcos" + tower + "}");
    kinds.put("fcos_dist", five + "fcos" + tower + ", distances: distribution, bins: 17}");
    kinds.put("retinanet", five + "retinanet" + tower + "}");
    kinds.put("retinanet_dist", five + "retinanet" + tower + ", bins: 17}");
    kinds.put("yolov8", "strides: [8, 16, 32], head: {family: yolov8, bins: 16}");
    kinds.put("reppoints", five + "reppoints" + tower + "}");
    return kinds;
  }

  private static Map<String, String> methods() {
    Map<String, String> methods = new LinkedHashMap<>();
    methods.put("L", "ld");
    methods.put("K", "kd");
    methods.put("B", "tbr");
    methods.put("C", "cwd_logits");
    methods.put("F", "fitnets");
    methods.put("G", "gid");
    methods.put("M", "mimic");
    return methods;
  }

  /** The network of a kind, as YAML on one line. */
  static String network(String kind) {
    return "{classes: "
        + ShapeClass.values().length
        + ", backbone: {depth: 18, width: 8}, neck: {channels: 8}, "
        + KINDS.getOrDefault(kind, TWO_STAGE_HEAD)
        + "}";
  }

  /** A run of a student, but for what it learns by. */
  static String run(String student, String recording, Path out, List<String> losses) {
    return """
        recording: %s
        out: %s
        epochs: 1
        batch-size: 8
        optimizer: {name: adamw, learning-rate: 0.001}
        schedule: {warmup-steps: 1}
        evaluation: {split: none}
        student: %s
        losses: [%s]
        """
        .formatted(
            recording,
            out,
            network(student),
            String.join(", ", losses.stream().map(loss -> "{name: " + loss + "}").toList()));
  }

  /** Enters what a pair came to. */
  void add(String teacher, String student, List<Applicability> applicable) {
    StringBuilder cell = new StringBuilder();
    METHODS.forEach(
        (letter, name) -> {
          Applicability method = of(applicable, name);
          String where = letter + " " + teacher + " to " + student;
          if (!method.applies()) {
            cell.append('-');
            note(obstacles, method.obstacles(), where);
          } else if (method.conversions().isEmpty()) {
            cell.append(letter);
          } else {
            cell.append(letter.toLowerCase(Locale.ROOT));
            note(conversions, method.conversions(), where);
          }
        });
    cells.put(teacher + " " + student, cell.toString());
  }

  static Applicability of(List<Applicability> applicable, String name) {
    return applicable.stream()
        .filter(method -> method.name().equals(name) && method.region().isEmpty())
        .findFirst()
        .orElseThrow();
  }

  private static void note(Map<String, Set<String>> notes, List<String> texts, String where) {
    texts.forEach(text -> notes.computeIfAbsent(text, t -> new LinkedHashSet<>()).add(where));
  }

  /** Upper case exact, lower case converted, - refused. */
  String cell(String teacher, String student) {
    return cells.get(teacher + " " + student);
  }

  /** The table and what its letters stand for. */
  String markdown() {
    StringBuilder text = new StringBuilder("| teacher \\ student |");
    KINDS.keySet().forEach(kind -> text.append(" `").append(kind).append("` |"));
    text.append("\n|---|").append("---|".repeat(KINDS.size())).append('\n');
    for (String teacher : KINDS.keySet()) {
      text.append("| `").append(teacher).append("` |");
      KINDS
          .keySet()
          .forEach(student -> text.append(" `").append(cell(teacher, student)).append("` |"));
      text.append('\n');
    }
    text.append("\n| Converted | Pairs | Methods |\n|---|---|---|\n");
    conversions.forEach((conversion, where) -> row(text, conversion, where));
    text.append("\n| Refused | Pairs | Methods |\n|---|---|---|\n");
    obstacles.forEach((obstacle, where) -> row(text, obstacle, where));
    return text.toString();
  }

  private static void row(StringBuilder text, String what, Set<String> where) {
    Set<String> pairs = new LinkedHashSet<>();
    Set<String> letters = new LinkedHashSet<>();
    for (String one : where) {
      letters.add(one.substring(0, 1));
      pairs.add(one.substring(2));
    }
    text.append("| ")
        .append(what)
        .append(" | ")
        .append(pairs.size())
        .append(" | ")
        .append(String.join(" ", letters))
        .append(" |\n");
  }

  /** What the README says; with {@code -Dlectern.matrix=write} this table, once written there. */
  String inReadme() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    if (System.getProperty("lectern.matrix", "").equals("write")) {
      Files.writeString(README, readme.substring(0, begin) + markdown() + readme.substring(end));
      return markdown();
    }
    return readme.substring(begin, end);
  }
}
