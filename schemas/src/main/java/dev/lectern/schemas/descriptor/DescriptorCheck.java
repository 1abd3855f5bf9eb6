package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.schemas.record.CellAnchors;
import dev.lectern.schemas.record.InputRule;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Everything that a teacher descriptor can have wrong, each with the key where it stands. */
final class DescriptorCheck {
  private static final int MIN_BINS = 2;

  /** RetinaNet's: three sizes with three ratios each. */
  private static final int USUAL_ANCHORS = 9;

  private final List<String> problems;

  private DescriptorCheck(List<String> problems) {
    this.problems = problems;
  }

  /** What must hold before names and presets are resolved. */
  static void check(DescriptorYaml yaml, List<String> problems) {
    new DescriptorCheck(problems).yaml(yaml);
  }

  /** What must hold between a head and the classes. */
  static void check(DescriptorYaml yaml, int classes, List<String> problems) {
    if (yaml.head() != null && looksLikeAnchors(yaml.head().bins(), classes)) {
      problems.add(
          "head.bins: found "
              + yaml.head().bins()
              + " with "
              + classes
              + " class names, which are also the channels of "
              + USUAL_ANCHORS
              + " anchors per cell with "
              + classes / USUAL_ANCHORS
              + " classes (RetinaNet); expected tensors, boxes and priors, which say which of the two"
              + " it is");
    }
  }

  /** What must hold between the parts of a descriptor. */
  static void check(TeacherDescriptor teacher, List<String> problems) {
    new DescriptorCheck(problems).teacher(teacher);
  }

  private void expect(boolean condition, String problem) {
    if (!condition) {
      problems.add(problem);
    }
  }

  private void yaml(DescriptorYaml y) {
    expect(
        y.name() != null && !y.name().isBlank() && !y.name().contains("@"),
        "name: expected a word without '@'");
    input(y.input());
    if (y.extraInputs() != null) {
      for (int i = 0; i < y.extraInputs().size(); i++) {
        extra(y.extraInputs().get(i), "extra-inputs." + i);
      }
    }
    if (y.priors() != null && y.priors().anchors() != null) {
      anchors(y.priors().anchors());
    }
    if (y.tensors() == null) {
      head(y);
    } else {
      expect(
          y.head() == null && y.levels() == null,
          "tensors: expected either tensors, or head and levels");
      expect(y.boxes() == null || y.boxes().form() != null, "boxes.form: missing");
    }
    expect(
        (y.classNames() == null) != (y.classNamesFile() == null),
        "class-names or class-names-file: expected exactly one of them");
    expect(
        y.classNames() == null || !y.classNames().isEmpty() || y.task() == Task.FEATURES,
        "class-names: expected at least one");
    expect(y.batchSize() == null || y.batchSize() >= 1, "batch-size: expected at least 1");
    if (y.tensors() == null) {
      levels(y.levels());
    } else {
      for (int i = 0; i < y.tensors().size(); i++) {
        tensor(y.tensors().get(i), "tensors." + i);
      }
    }
  }

  private void input(DescriptorYaml.Input input) {
    expect(input != null && input.name() != null, "input.name: missing");
    expect(
        input != null && input.width() > 0 && input.height() > 0,
        "input.width and input.height: expected pixels");
    expect(input != null && input.channels() != null, "input.channels: expected RGB or BGR");
    expect(
        input != null && three(input.mean()) && three(input.std()),
        "input.mean and input.std: expected 3 numbers each");
    expect(
        input == null
            || input.std() == null
            || input.std().stream().allMatch(s -> s != null && s > 0),
        "input.std: expected numbers above 0");
  }

  private static boolean three(List<Double> numbers) {
    return numbers != null && numbers.size() == 3;
  }

  private void extra(DescriptorYaml.Extra input, String key) {
    expect(input.name() != null, key + ".name: missing");
    if (input.shape() == null || input.shape().stream().anyMatch(d -> d == null || d < -1)) {
      problems.add(key + ".shape: expected the input's dimensions, -1 for the views of a batch");
      return;
    }
    int size = input.shape().stream().filter(d -> d >= 0).reduce(1, Math::multiplyExact);
    boolean constant = input.rule() == null || input.rule() == InputRule.CONSTANT;
    int expected = constant ? size : 2;
    int found = constant ? (input.values() == null ? 0 : input.values().size()) : size;
    expect(
        found == expected,
        key
            + (constant ? ".values: found " : ".shape: found ")
            + found
            + " numbers of a view, expected "
            + expected);
  }

  private void anchors(DescriptorYaml.Anchors anchors) {
    List<List<Double>> sizes = anchors.sizes();
    expect(
        sizes != null
            && !sizes.isEmpty()
            && sizes.stream()
                .allMatch(
                    of ->
                        of != null
                            && !of.isEmpty()
                            && of.size() == sizes.get(0).size()
                            && positive(of)),
        "priors.anchors.sizes: expected for each level a list of pixels, all equally long");
    expect(
        anchors.ratios() == null || (!anchors.ratios().isEmpty() && positive(anchors.ratios())),
        "priors.anchors.ratios: expected numbers above 0");
  }

  private static boolean positive(List<Double> numbers) {
    return numbers.stream().allMatch(n -> n != null && n > 0);
  }

  private void tensor(DescriptorYaml.TensorYaml tensor, String key) {
    String name = tensor.name();
    if (name == null || !name.matches("[a-z]+(\\.\\d{1,3})?") || TensorRole.of(name).isEmpty()) {
      List<String> roles =
          Stream.of(TensorRole.values()).map(TensorRole::prefix).distinct().toList();
      problems.add(
          key
              + ".name: found '"
              + name
              + "'"
              + (name == null ? "" : Nearest.hint(name.split("\\.", 2)[0], roles))
              + ", expected a role of "
              + String.join(", ", roles)
              + ", and of all but instances a dot and a level");
    }
    expect(tensor.output() != null, key + ".output: missing");
    Optional<TensorRole> role = TensorRole.of(String.valueOf(name));
    expect(
        tensor.conversion() == null || Conversion.parse(tensor.conversion()).isPresent(),
        key + ".conversion: found '" + tensor.conversion() + "', expected " + Conversion.grammar());
    if (role.isPresent() && role.get().isOfInstances()) {
      expect(
          tensor.shape() != null
              && (tensor.shape().size() == 1 || tensor.shape().size() == 2)
              && tensor.shape().stream().allMatch(d -> d != null && d > 0),
          key + ".shape: expected rows, and numbers of a row where there are several");
      expect(tensor.stride() == null, key + ".stride: expected none, instances have no cells");
      return;
    }
    boolean isFeature = role.equals(Optional.of(TensorRole.FEATURES));
    expect(
        tensor.shape() == null
            ? !isFeature
            : tensor.shape().size() == 3
                && tensor.shape().stream().allMatch(d -> d != null && d > 0),
        key + ".shape: expected channels, height and width");
    expect(tensor.stride() != null && tensor.stride() > 0, key + ".stride: expected pixels");
  }

  private void head(DescriptorYaml y) {
    String families = String.join(", ", FamilyPreset.names());
    String type = y.head() == null ? null : y.head().type();
    if (type == null) {
      problems.add("head.type: expected " + families);
      return;
    }
    if (!FamilyPreset.names().contains(type.toUpperCase(Locale.ROOT))) {
      problems.add(
          "head.type: found '"
              + type
              + "'"
              + Nearest.hint(type.toUpperCase(Locale.ROOT), FamilyPreset.names())
              + ", expected "
              + families);
      return;
    }
    if (FamilyPreset.named(type).boxes().form() == BoxForm.DISTRIBUTION) {
      expect(y.head().bins() >= MIN_BINS, "head.bins: expected at least " + MIN_BINS);
    }
    expect(
        Stream.of(y.family(), y.task(), y.classes(), y.boxes(), y.priors(), y.quality())
            .allMatch(key -> key == null),
        "head: expected no family, task, classes, boxes, priors or quality beside it, the family has them");
  }

  /**
   * Whether a point per cell with these bins and classes has the channels of a head with nine
   * anchors per cell. Such a head is described tensor by tensor, which leaves no doubt.
   */
  static boolean looksLikeAnchors(int bins, int classes) {
    return bins == USUAL_ANCHORS && classes % USUAL_ANCHORS == 0;
  }

  private void levels(List<DescriptorYaml.LevelYaml> levels) {
    expect(levels != null && !levels.isEmpty(), "levels: expected at least one");
    for (int i = 0; levels != null && i < levels.size(); i++) {
      DescriptorYaml.LevelYaml l = levels.get(i);
      String key = "levels." + i;
      expect(l.stride() > 0, key + ".stride: expected pixels");
      expect(l.classScores() != null, key + ".class-scores: missing");
      expect(l.boxLogits() != null, key + ".box-logits: missing");
      expect(
          (l.feature() == null) == (l.featureChannels() == null),
          key + ": feature and feature-channels go together");
      expect(
          l.featureChannels() == null || l.featureChannels() > 0,
          key + ".feature-channels: expected at least 1");
      expect(i == 0 || l.stride() > levels.get(i - 1).stride(), "levels: expected growing strides");
    }
  }

  private void teacher(TeacherDescriptor teacher) {
    Set<String> names = new HashSet<>();
    Set<String> whole = new HashSet<>();
    Map<Integer, Level> levels = new TreeMap<>();
    HeadChannels channels = HeadChannels.of(teacher);
    expect(!teacher.getTensors().isEmpty(), "tensors: expected at least one");
    for (RecordedTensor tensor : teacher.getTensors()) {
      String key = "tensor " + tensor.getName();
      expect(names.add(tensor.getName()), key + ": found twice");
      Conversion.check(teacher, tensor, problems);
      expect(
          !tensor.getConversion().isEmpty()
              || TensorLayout.role(tensor) == TensorRole.INSTANCE_COUNT
              || whole.add(tensor.getOutput()),
          key
              + ": found output '"
              + tensor.getOutput()
              + "' as a whole for two tensors, expected a conversion that says which channels; 'lectern model FILE' shows what a model"
              + " holds and writes the descriptor");
      List<Integer> shape = tensor.getShape();
      TensorRole role = TensorLayout.role(tensor);
      if (role.isOfInstances()) {
        continue;
      }
      Level level = new Level(tensor.getStride(), shape.get(1), shape.get(2));
      Level other = levels.putIfAbsent(TensorLayout.level(tensor), level);
      expect(
          other == null || other.equals(level),
          key + ": found " + level + ", other tensors of this level have " + other);
      if (role != TensorRole.FEATURES) {
        expect(
            shape.get(0) == channels.of(role),
            key + ": found " + shape.get(0) + " channels, expected " + channels.of(role));
      }
    }
    int expected = 0;
    int stride = 0;
    for (Map.Entry<Integer, Level> level : levels.entrySet()) {
      expect(
          level.getKey() == expected++ && level.getValue().stride() > stride,
          "tensors: expected levels from 0 on with growing strides, found level "
              + level.getKey()
              + " of stride "
              + level.getValue().stride());
      stride = level.getValue().stride();
    }
    CellAnchors anchors = teacher.getPriors().getAnchors();
    expect(
        anchors == null || anchors.getSizes().size() == levels.size(),
        "priors.anchors.sizes: found those of "
            + (anchors == null ? 0 : anchors.getSizes().size())
            + " levels, expected "
            + levels.size());
    boxes(teacher, names);
    if (TensorLayout.kinds(teacher).contains(TensorKind.INSTANCES)) {
      instances(teacher);
    }
  }

  private void instances(TeacherDescriptor teacher) {
    int rows = TensorLayout.instances(teacher);
    expect(rows > 0, "tensors: found instances without boxes");
    expect(
        TensorLayout.kinds(teacher).stream()
            .allMatch(k -> k == TensorKind.INSTANCES || k == TensorKind.FPN_FEATURES),
        "tensors: found instances beside class scores or box logits of cells, expected one of them");
    int classes = teacher.getClassNames().size();
    int logits = classes + (teacher.getClasses().getBackground() == Background.NONE ? 0 : 1);
    int bins = TensorLayout.bins(teacher);
    for (RecordedTensor tensor : TensorLayout.tensors(teacher, List.of(TensorKind.INSTANCES))) {
      List<List<Integer>> expected =
          switch (TensorLayout.role(tensor)) {
            case INSTANCE_COUNT -> List.of(List.of(1));
            case INSTANCE_BOXES, INSTANCE_REFERENCES -> List.of(List.of(rows, 4));
            case INSTANCE_LOGITS -> List.of(List.of(rows, logits));
            case INSTANCE_DELTAS -> List.of(List.of(rows, 4), List.of(rows, 4 * classes));
            case INSTANCE_DISTRIBUTION -> List.of(List.of(rows, 4 * bins));
            case INSTANCE_FEATURES -> List.of(List.of(rows, tensor.getShape().get(1)));
            default -> List.of(List.of(rows));
          };
      expect(
          expected.contains(tensor.getShape()),
          "tensor "
              + tensor.getName()
              + ": found shape "
              + tensor.getShape()
              + ", expected "
              + expected.stream().map(Object::toString).collect(Collectors.joining(" or ")));
    }
    boolean hasLogits = TensorLayout.find(teacher, TensorRole.INSTANCE_LOGITS).isPresent();
    boolean hasLabels = TensorLayout.find(teacher, TensorRole.INSTANCE_LABELS).isPresent();
    boolean hasScores = TensorLayout.find(teacher, TensorRole.INSTANCE_SCORES).isPresent();
    expect(
        hasLogits ? !hasLabels && !hasScores : hasLabels && hasScores,
        "tensors: expected instances with logits, or with labels and scores");
    BoxForm form = teacher.getBoxes() == null ? null : teacher.getBoxes().getForm();
    expect(
        TensorLayout.find(teacher, TensorRole.INSTANCE_DELTAS).isEmpty() || form == BoxForm.DELTA,
        "tensor deltas: expected boxes.form delta");
    if (TensorLayout.find(teacher, TensorRole.INSTANCE_DISTRIBUTION).isPresent()) {
      expect(
          form == BoxForm.DISTRIBUTION && teacher.getBoxes().getUnit() == BoxUnit.SIDES,
          "tensor dist: expected boxes.form distribution and boxes.unit sides");
      expect(
          TensorLayout.find(teacher, TensorRole.INSTANCE_REFERENCES).isPresent(),
          "tensor dist: expected references beside it");
      expect(
          teacher.getBoxes().getBinValues().size() == bins,
          "boxes.bin-values: expected those of each of the " + bins + " bins");
    }
  }

  private void boxes(TeacherDescriptor teacher, Set<String> names) {
    TensorRole expected =
        teacher.getBoxes() == null ? null : HeadChannels.role(teacher.getBoxes().getForm());
    for (String name : names) {
      TensorRole role = TensorRole.of(name).orElseThrow();
      if (role.kind() == TensorKind.BOX_LOGITS) {
        expect(role == expected, "tensor " + name + ": expected boxes.form to say so");
      }
    }
    if (expected == TensorRole.BOX_DISTRIBUTION) {
      int values = teacher.getBoxes().getBinValues().size();
      expect(
          values == 0 || values == teacher.getBoxes().getBins(),
          "boxes.bin-values: found " + values + " for " + teacher.getBoxes().getBins() + " bins");
    }
  }
}
