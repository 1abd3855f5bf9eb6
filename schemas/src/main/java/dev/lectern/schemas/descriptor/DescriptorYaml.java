package dev.lectern.schemas.descriptor;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxActivation;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.schemas.record.CellAnchors;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.ClassCoding;
import dev.lectern.schemas.record.ExtraInput;
import dev.lectern.schemas.record.InputResize;
import dev.lectern.schemas.record.InputRule;
import dev.lectern.schemas.record.NumberType;
import dev.lectern.schemas.record.PointsTransform;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TeacherPriors;
import dev.lectern.schemas.serde.AvroLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * The YAML form of a teacher descriptor. The head is described in one of two ways: by {@code head}
 * and {@code levels}, which {@link FamilyPreset} expands, or by {@code tensors} and what a reader
 * must know of them.
 *
 * @param name of the teacher, without a digest
 * @param input the image
 * @param extraInputs what the model wants besides the image
 * @param head the family of the head
 * @param levels outputs of the head, fine to coarse
 * @param family what the head is called, for people; with {@code tensors}
 * @param task what the teacher is for [detection]
 * @param classes how class logits are read [sigmoid, no background]
 * @param boxes how box outputs are read; none for teachers without boxes
 * @param priors what boxes are relative to [points at the cells' corners]
 * @param quality what a score has besides the class [none]
 * @param tensors what may be recorded
 * @param classNames in label order; or {@code classNamesFile}
 * @param classNamesFile one name a line, beside the descriptor
 * @param batchSize views per inference call [8]
 * @param outputs names of the model's outputs in its own order, where the model itself has no names
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DescriptorYaml(
    String name,
    Input input,
    List<Extra> extraInputs,
    Head head,
    List<LevelYaml> levels,
    String family,
    Task task,
    Classes classes,
    Boxes boxes,
    Priors priors,
    BoxQuality quality,
    List<TensorYaml> tensors,
    List<String> classNames,
    String classNamesFile,
    Integer batchSize,
    List<String> outputs) {
  static {
    AvroLimits.apply();
  }

  private static final int DEFAULT_BATCH_SIZE = 8;

  /**
   * Name, size in pixels, channel order and normalisation (on the 0..255 scale) of the model's
   * image input, and how the images were resized that it learned from; null where nobody says so.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Input(
      String name,
      int width,
      int height,
      ChannelOrder channels,
      List<Double> mean,
      List<Double> std,
      InputResize resize) {}

  /** An input besides the image; -1 in the shape stands for the views of a batch. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Extra(
      String name, NumberType type, InputRule rule, List<Integer> shape, List<Double> values) {
    ExtraInput toRecord() {
      return new ExtraInput(
          name,
          type == null ? NumberType.FLOAT32 : type,
          rule == null ? InputRule.CONSTANT : rule,
          shape,
          values == null ? List.of() : values);
    }

    static Extra of(ExtraInput input) {
      return new Extra(
          input.getName(), input.getType(), input.getRule(), input.getShape(), input.getValues());
    }
  }

  /** Family, bins per box side, and where a cell's prior sits: (cell + gridOffset) * stride. */
  public record Head(String type, int bins, double gridOffset) {}

  /** Output names of one level. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record LevelYaml(
      int stride,
      String classScores,
      String boxLogits,
      String quality,
      String feature,
      Integer featureChannels) {}

  /** How class logits are read. */
  public record Classes(ClassActivation activation, Background background) {
    public Classes {
      activation = activation == null ? ClassActivation.SIGMOID : activation;
      background = background == null ? Background.NONE : background;
    }

    ClassCoding toRecord() {
      return new ClassCoding(activation, background);
    }
  }

  /** How box outputs are read; see {@link BoxCoding}. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Boxes(
      BoxForm form,
      Integer bins,
      List<Double> binValues,
      BoxUnit unit,
      BoxActivation activation,
      List<Double> mean,
      List<Double> std,
      Double clamp,
      PointsTransform points) {
    BoxCoding toRecord(int binsOfHead) {
      return new BoxCoding(
          form,
          binsOfHead,
          orEmpty(binValues),
          unit == null ? BoxUnit.STRIDES : unit,
          activation == null ? BoxActivation.NONE : activation,
          orEmpty(mean),
          orEmpty(std),
          clamp,
          points);
    }

    static Boxes of(BoxCoding boxes) {
      return new Boxes(
          boxes.getForm(),
          boxes.getBins() == 0 ? null : boxes.getBins(),
          boxes.getBinValues(),
          boxes.getUnit(),
          boxes.getActivation(),
          boxes.getMean(),
          boxes.getStd(),
          boxes.getClamp(),
          boxes.getPoints());
    }

    private static List<Double> orEmpty(List<Double> numbers) {
      return numbers == null ? List.of() : numbers;
    }
  }

  /** What boxes are relative to. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Priors(double gridOffset, Anchors anchors) {}

  /** The anchors of a cell: for each level the sizes, with all ratios each. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Anchors(List<List<Double>> sizes, List<Double> ratios, Boolean rounded) {
    CellAnchors toRecord() {
      return new CellAnchors(
          sizes, ratios == null ? List.of(1.0) : ratios, rounded != null && rounded);
    }

    static Anchors of(CellAnchors anchors) {
      return new Anchors(anchors.getSizes(), anchors.getRatios(), anchors.getRounded());
    }
  }

  /**
   * A tensor that may be recorded.
   *
   * @param name role and level; of instances the role
   * @param output of the model
   * @param shape (C, H, W); follows from stride and head unless it is a feature; of instances
   *     (rows, numbers) or (rows)
   * @param stride pixels per cell; none with instances
   * @param conversion how it is made from the output; see {@link Conversion}
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record TensorYaml(
      String name, String output, List<Integer> shape, Integer stride, String conversion) {}

  /**
   * Reads a descriptor.
   *
   * @throws UserMistakeException if the file is missing, a key unknown, or a value absent or
   *     impossible; the message has every mistake
   */
  public static TeacherDescriptor read(Path file) {
    DescriptorYaml yaml = ConfigLoader.load(file, List.of(), DescriptorYaml.class);
    String where = "teacher descriptor " + file + ": ";
    List<String> problems = new ArrayList<>();
    DescriptorCheck.check(yaml, problems);
    require(where, problems);
    List<String> names =
        yaml.classNames != null
            ? yaml.classNames
            : readNames(file.resolveSibling(yaml.classNamesFile), where);
    DescriptorCheck.check(yaml, names.size(), problems);
    require(where, problems);
    TeacherDescriptor descriptor = yaml.toDescriptor(names);
    DescriptorCheck.check(descriptor, problems);
    require(where, problems);
    return descriptor;
  }

  private static void require(String where, List<String> problems) {
    if (!problems.isEmpty()) {
      throw new UserMistakeException(where + String.join("; ", problems));
    }
  }

  /** Writes a descriptor with its class names inline, by its family if that is enough. */
  public static void write(TeacherDescriptor descriptor, Path file) throws IOException {
    DescriptorYaml compact = byFamily(descriptor);
    boolean saysAll =
        compact != null && compact.toDescriptor(descriptor.getClassNames()).equals(descriptor);
    Files.writeString(file, ConfigLoader.toYaml(saysAll ? compact : inFull(descriptor)));
  }

  private static DescriptorYaml byFamily(TeacherDescriptor d) {
    if (!FamilyPreset.names().contains(d.getFamily())
        || DescriptorCheck.looksLikeAnchors(TensorLayout.bins(d), d.getClassNames().size())) {
      return null;
    }
    List<LevelYaml> levels = new ArrayList<>();
    List<Level> cells = TensorLayout.levels(d);
    for (int l = 0; l < cells.size(); l++) {
      Integer channels = TensorLayout.featureChannels(d).get(l);
      levels.add(
          new LevelYaml(
              cells.get(l).stride(),
              output(d, TensorRole.CLASS_LOGITS, l),
              d.getBoxes() == null ? null : output(d, HeadChannels.role(d.getBoxes().getForm()), l),
              output(d, HeadChannels.role(d.getQuality()), l),
              output(d, TensorRole.FEATURES, l),
              channels == 0 ? null : channels));
    }
    Head head = new Head(d.getFamily(), TensorLayout.bins(d), d.getPriors().getGridOffset());
    return new DescriptorYaml(
        d.getName(),
        input(d),
        extras(d),
        head,
        levels,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        d.getClassNames(),
        null,
        d.getBatchSize(),
        d.getOutputs().isEmpty() ? null : d.getOutputs());
  }

  private static String output(TeacherDescriptor d, TensorRole role, int level) {
    return role == null
        ? null
        : TensorLayout.find(d, role, level).map(RecordedTensor::getOutput).orElse(null);
  }

  private static DescriptorYaml inFull(TeacherDescriptor d) {
    CellAnchors anchors = d.getPriors().getAnchors();
    return new DescriptorYaml(
        d.getName(),
        input(d),
        extras(d),
        null,
        null,
        d.getFamily().isEmpty() ? null : d.getFamily(),
        d.getTask(),
        new Classes(d.getClasses().getActivation(), d.getClasses().getBackground()),
        d.getBoxes() == null ? null : Boxes.of(d.getBoxes()),
        new Priors(d.getPriors().getGridOffset(), anchors == null ? null : Anchors.of(anchors)),
        d.getQuality(),
        d.getTensors().stream()
            .map(
                t ->
                    new TensorYaml(
                        t.getName(),
                        t.getOutput(),
                        t.getShape(),
                        t.getStride(),
                        t.getConversion().isEmpty() ? null : t.getConversion()))
            .toList(),
        d.getClassNames(),
        null,
        d.getBatchSize(),
        d.getOutputs().isEmpty() ? null : d.getOutputs());
  }

  private static Input input(TeacherDescriptor d) {
    return new Input(
        d.getInputName(),
        d.getInputWidth(),
        d.getInputHeight(),
        d.getChannelOrder(),
        d.getMean(),
        d.getStd(),
        d.getInputResize() == InputResize.UNKNOWN ? null : d.getInputResize());
  }

  private static List<Extra> extras(TeacherDescriptor d) {
    return d.getExtraInputs().isEmpty()
        ? null
        : d.getExtraInputs().stream().map(Extra::of).toList();
  }

  private TeacherDescriptor toDescriptor(List<String> names) {
    TeacherDescriptor.Builder builder = head == null ? ofTensors(names) : ofFamily(names);
    return builder
        .setName(name)
        .setInputName(input.name())
        .setInputWidth(input.width())
        .setInputHeight(input.height())
        .setChannelOrder(input.channels())
        .setMean(input.mean())
        .setStd(input.std())
        .setInputResize(input.resize() == null ? InputResize.UNKNOWN : input.resize())
        .setExtraInputs(
            extraInputs == null ? List.of() : extraInputs.stream().map(Extra::toRecord).toList())
        .setBatchSize(batchSize == null ? DEFAULT_BATCH_SIZE : batchSize)
        .setOutputs(outputs == null ? List.of() : outputs)
        .build();
  }

  private TeacherDescriptor.Builder ofFamily(List<String> names) {
    List<HeadLevel> outputsOfLevels =
        levels.stream()
            .map(
                l ->
                    new HeadLevel(
                        Level.of(l.stride(), input.height(), input.width()),
                        l.classScores(),
                        l.boxLogits(),
                        l.quality(),
                        l.feature(),
                        l.featureChannels() == null ? 0 : l.featureChannels()))
            .toList();
    return FamilyPreset.named(head.type())
        .describe(head.bins(), head.gridOffset(), names, outputsOfLevels);
  }

  private TeacherDescriptor.Builder ofTensors(List<String> names) {
    List<RecordedTensor> recorded =
        withCount(tensors).stream()
            .map(
                t ->
                    new RecordedTensor(
                        t.name(),
                        TensorRole.of(t.name()).orElseThrow().kind(),
                        t.output(),
                        t.shape() == null ? shape(t, names.size()) : t.shape(),
                        t.stride(),
                        t.conversion() == null
                            ? ""
                            : Conversion.parse(t.conversion()).orElseThrow().text()))
            .sorted(
                Comparator.comparing((RecordedTensor t) -> TensorLayout.role(t))
                    .thenComparing(t -> TensorLayout.level(t)))
            .toList();
    return TeacherDescriptor.newBuilder()
        .setFamily(family == null ? "" : family)
        .setTask(task == null ? Task.DETECTION : task)
        .setTensors(recorded)
        .setConversionLosses(Conversion.losses(recorded))
        .setClasses(classCoding())
        .setBoxes(
            boxes == null ? null : boxes.toRecord(Objects.requireNonNullElse(boxes.bins(), 0)))
        .setPriors(teacherPriors())
        .setQuality(quality == null ? BoxQuality.NONE : quality)
        .setClassNames(names);
  }

  /** With the number of instances, which are all rows of the boxes' output unless it is said. */
  private static List<TensorYaml> withCount(List<TensorYaml> tensors) {
    String count = TensorRole.INSTANCE_COUNT.prefix();
    List<TensorYaml> all = new ArrayList<>(tensors);
    if (tensors.stream().noneMatch(t -> t.name().equals(count))) {
      tensors.stream()
          .filter(t -> t.name().equals(TensorRole.INSTANCE_BOXES.prefix()))
          .findFirst()
          .ifPresent(t -> all.add(new TensorYaml(count, t.output(), List.of(1), null, null)));
    }
    return all;
  }

  private ClassCoding classCoding() {
    return (classes == null ? new Classes(null, null) : classes).toRecord();
  }

  private TeacherPriors teacherPriors() {
    return priors == null
        ? new TeacherPriors(0.0, null)
        : new TeacherPriors(
            priors.gridOffset(), priors.anchors() == null ? null : priors.anchors().toRecord());
  }

  /** The shape that a tensor of the head has by its role and stride. */
  private List<Integer> shape(TensorYaml tensor, int classCount) {
    HeadChannels channels =
        new HeadChannels(
            HeadChannels.anchorsPerCell(teacherPriors()),
            classCount,
            classCoding().getBackground() == Background.NONE ? 0 : 1,
            boxes == null || boxes.bins() == null ? 0 : boxes.bins(),
            HeadChannels.points(boxes == null ? null : boxes.points()));
    Level level = Level.of(tensor.stride(), input.height(), input.width());
    return List.of(
        channels.of(TensorRole.of(tensor.name()).orElseThrow()), level.height(), level.width());
  }

  private static List<String> readNames(Path names, String where) {
    List<String> found;
    try {
      found =
          Files.readAllLines(names).stream().map(String::strip).filter(n -> !n.isEmpty()).toList();
    } catch (IOException e) {
      throw new UserMistakeException(
          where + "class names file " + names + " cannot be read: " + FileError.reason(e), e);
    }
    if (found.isEmpty()) {
      throw new UserMistakeException(where + "class names file " + names + " has no names");
    }
    return found;
  }
}
