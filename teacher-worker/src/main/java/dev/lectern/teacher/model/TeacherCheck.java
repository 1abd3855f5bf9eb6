package dev.lectern.teacher.model;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.Conversion;
import dev.lectern.schemas.descriptor.Conversion.Numbers;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.MaskedLogits;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What must hold of a teacher before it is given views, tried on drawn images: the same image gives
 * the same bits in every run, beside any neighbours and in any place of a batch; other images give
 * other outputs, and class outputs in the same place; class outputs and distributions of box sides
 * are logits; labels are classes, and boxes of instances in the unit that their conversion says.
 */
public final class TeacherCheck {
  private static final long SEED = 1;

  /** Pixels of the squares that images are drawn of. */
  private static final int SQUARE = 16;

  /** Differences above it, relative to the largest number, are no matter of rounding. */
  private static final double ROUNDING = 1e-3;

  /** Fewer numbers of a level may lie in [0, 1] by chance. */
  private static final int FEWEST = 100;

  /** Maps of fewer rows or columns tell no places. */
  private static final int FEWEST_CELLS = 4;

  /** Parts of the input's width and height that most boxes do not reach beyond. */
  private static final double FARTHEST_PART = 2;

  /** Pixels that corners do not reach beyond where they are parts; centres lie in [0, 1]. */
  private static final double FARTHEST_PIXEL = 1.5;

  /** Of a change, what a map must have at least where the image changed. */
  private static final double SMALLEST_SHARE = 0.1;

  private final Teacher teacher;
  private final Path model;
  private final SplittableRandom random = new SplittableRandom(SEED);

  private TeacherCheck(Teacher teacher, Path model) {
    this.teacher = teacher;
    this.model = model;
  }

  /**
   * Runs the teacher on four batches.
   *
   * @param model its file, for messages
   * @throws UserMistakeException if its outputs are not such as can be recorded
   * @throws InferenceException if it fails
   */
  public static void require(Teacher teacher, Path model) {
    new TeacherCheck(teacher, model).run();
  }

  private void run() {
    int batch = teacher.batchSize();
    FloatBuffer images = TeacherOutputs.floats((long) batch * teacher.inputSize());
    for (int slot = 0; slot < batch; slot++) {
      draw(images.slice(slot * teacher.inputSize(), teacher.inputSize()));
    }
    TeacherOutputs first = infer(images);
    requireNumbers(first);
    requireLogits(first);
    requireBoxLogits(first);
    requireDetections(first);
    requireUnits(first);
    TeacherOutputs again = infer(images);
    for (int slot = 0; slot < batch; slot++) {
      if (difference(first, slot, again, slot) != 0) {
        throw refused(
            "the same images give other outputs in a second run: dropout or other chance is part"
                + " of it; export it in evaluation mode, after model.eval()");
      }
    }
    FloatBuffer others = TeacherOutputs.floats((long) batch * teacher.inputSize());
    for (int slot = 0; slot < batch; slot++) {
      draw(others.slice(slot * teacher.inputSize(), teacher.inputSize()));
    }
    if (batch > 1) {
      others.put((batch - 1) * teacher.inputSize(), images, 0, teacher.inputSize());
    }
    TeacherOutputs outputs = infer(others);
    if (batch > 1) {
      requireAlone(difference(first, 0, outputs, batch - 1));
    }
    requireDependence(first, outputs);
    requirePlaces(images, first);
  }

  /**
   * Refuses maps in which a change of the image shows elsewhere: at its lower left, where a map
   * with height and width swapped, or with rows of another level, has next to none of it. What a
   * model spreads evenly is a quarter there.
   */
  private void requirePlaces(FloatBuffer images, TeacherOutputs before) {
    List<RecordedTensor> levels = levels(TensorRole.CLASS_LOGITS);
    if (levels.isEmpty()
        || levels.get(0).getShape().get(1) < FEWEST_CELLS
        || levels.get(0).getShape().get(2) < FEWEST_CELLS) {
      return;
    }
    RecordedTensor finest = levels.get(0);
    int at = teacher.tensors().indexOf(finest);
    TeacherOutputs after = infer(changedAtTheLowerLeft(images));
    float[] x = before.tensor(at, 0).toArray();
    float[] y = after.tensor(at, 0).toArray();
    int height = finest.getShape().get(1);
    int width = finest.getShape().get(2);
    double all = 0;
    double there = 0;
    for (int i = 0; i < x.length; i++) {
      double change = Math.abs((double) x[i] - y[i]);
      if (Double.isFinite(change)) {
        all += change;
        there += i % width < width / 2 && i / width % height >= height / 2 ? change : 0;
      }
    }
    if (all > 0 && there < SMALLEST_SHARE * all) {
      throw refused(
          named(List.of(finest))
              + ": found "
              + percent(there / all)
              + " of a change of the image's lower left in the lower left of the map, expected most"
              + " of it; height and width are swapped, or levels come in another order than"
              + " fine to coarse");
    }
  }

  /** The images with other squares in a sixteenth of the first. */
  private FloatBuffer changedAtTheLowerLeft(FloatBuffer images) {
    FloatBuffer changed = TeacherOutputs.floats(images.capacity());
    changed.put(0, images, 0, images.capacity());
    FloatBuffer other = TeacherOutputs.floats(teacher.inputSize());
    draw(other.duplicate());
    int width = teacher.descriptor().getInputWidth();
    int height = teacher.descriptor().getInputHeight();
    for (int channel = 0; channel < 3; channel++) {
      for (int y = height * 3 / 4; y < height; y++) {
        int row = (channel * height + y) * width;
        changed.put(row, other, row, width / 4);
      }
    }
    return changed;
  }

  /** Refuses an output that is NaN wherever one looks: weights that are, or a division by zero. */
  private void requireNumbers(TeacherOutputs outputs) {
    for (int i = 0; i < teacher.tensors().size(); i++) {
      FloatBuffer numbers = outputs.batch(i);
      boolean none = numbers.hasRemaining();
      while (none && numbers.hasRemaining()) {
        none = Float.isNaN(numbers.get());
      }
      if (none) {
        throw refused(
            named(List.of(teacher.tensors().get(i)))
                + ": found NaN throughout, expected numbers; look for NaN in the weights, and export"
                + " the model again");
      }
    }
  }

  /**
   * Refuses outputs that are the same for two images: the model does not look at them. A level may
   * say never of its classes everywhere, and its boxes and features, or all of it, may be those of
   * units that are not active, if other levels differ.
   */
  private void requireDependence(TeacherOutputs ofSome, TeacherOutputs ofOthers) {
    List<RecordedTensor> constant = new ArrayList<>();
    for (TensorRole role : TensorRole.values()) {
      List<RecordedTensor> levels =
          levels(role).stream().filter(t -> t.getKind() != TensorKind.INSTANCES).toList();
      List<RecordedTensor> same =
          levels.stream().filter(level -> isSame(level, ofSome, ofOthers)).toList();
      if (same.size() == levels.size()) {
        constant.addAll(same);
      } else if (role == TensorRole.CLASS_LOGITS) {
        same.stream()
            .filter(level -> !saysNever(level, ofSome))
            .filter(level -> ofLevel(level).anyMatch(t -> !isSame(t, ofSome, ofOthers)))
            .forEach(constant::add);
      }
    }
    if (!constant.isEmpty()) {
      throw refused(
          named(constant)
              + ": found the same numbers for different images, expected them to depend on the"
              + " image; the export holds constants, or weights of zero");
    }
  }

  /** The tensors of the same level. */
  private Stream<RecordedTensor> ofLevel(RecordedTensor level) {
    String number = level.getName().substring(level.getName().lastIndexOf('.'));
    return teacher.tensors().stream().filter(t -> t.getName().endsWith(number));
  }

  private boolean isSame(RecordedTensor tensor, TeacherOutputs some, TeacherOutputs others) {
    int at = teacher.tensors().indexOf(tensor);
    return Arrays.equals(some.tensor(at, 0).toArray(), others.tensor(at, 0).toArray());
  }

  /** Whether all class logits of a level are masked, or those of probabilities of zero. */
  private boolean saysNever(RecordedTensor level, TeacherOutputs outputs) {
    float never =
        Conversion.of(level).numbers() == Numbers.LOGIT
            ? CellConversion.logit(0)
            : MaskedLogits.LOWEST;
    float max = Float.NEGATIVE_INFINITY;
    for (float number : outputs.tensor(teacher.tensors().indexOf(level), 0).toArray()) {
      max = Math.max(max, number);
    }
    return max <= never;
  }

  private List<RecordedTensor> levels(TensorRole role) {
    return teacher.tensors().stream().filter(t -> TensorLayout.role(t) == role).toList();
  }

  /** {@code outputs cls_8, cls_16 (cls.0 and on)}. */
  private static String named(List<RecordedTensor> tensors) {
    List<String> outputs = tensors.stream().map(RecordedTensor::getOutput).distinct().toList();
    return (outputs.size() == 1 ? "output " : "outputs ")
        + String.join(", ", outputs)
        + " ("
        + tensors.get(0).getName()
        + (tensors.size() == 1 ? ")" : " and on)");
  }

  private void requireAlone(double difference) {
    if (difference > ROUNDING) {
      throw refused(
          "an image gives other outputs beside other images (by "
              + percent(difference)
              + " of the largest number), as batch normalisation in training mode does; export it in"
              + " evaluation mode, after model.eval()");
    }
    if (difference > 0) {
      throw refused(
          "an image gives slightly other outputs in another place of the batch (by "
              + String.format(Locale.ROOT, "%.1e", difference)
              + " of the largest number), so recordings would not be repeatable; set batch-size: 1");
    }
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private TeacherOutputs infer(FloatBuffer images) {
    TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), teacher.batchSize());
    teacher.infer(images, outputs);
    return outputs;
  }

  /** Squares of random colours, normalised as the teacher wants it. */
  private void draw(FloatBuffer image) {
    TeacherDescriptor descriptor = teacher.descriptor();
    int width = descriptor.getInputWidth();
    int height = descriptor.getInputHeight();
    int across = Level.cells(width, SQUARE);
    for (int channel = 0; channel < 3; channel++) {
      double mean = descriptor.getMean().get(channel);
      double std = descriptor.getStd().get(channel);
      float[] colours = new float[across * Level.cells(height, SQUARE)];
      for (int i = 0; i < colours.length; i++) {
        colours[i] = (float) ((random.nextInt(256) - mean) / std);
      }
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          image.put(colours[y / SQUARE * across + x / SQUARE]);
        }
      }
    }
  }

  /** Largest difference of two views' outputs, relative to the largest number of the tensor. */
  private double difference(TeacherOutputs a, int slotOfA, TeacherOutputs b, int slotOfB) {
    double largest = 0;
    for (int i = 0; i < teacher.tensors().size(); i++) {
      float[] x = a.tensor(i, slotOfA).toArray();
      float[] y = b.tensor(i, slotOfB).toArray();
      double difference = 0;
      double scale = Float.MIN_NORMAL;
      for (int j = 0; j < x.length; j++) {
        if (Float.compare(x[j], y[j]) != 0) {
          double apart = Math.abs((double) x[j] - y[j]);
          difference = Math.max(difference, Double.isNaN(apart) ? Double.MAX_VALUE : apart);
        }
        scale = Math.max(scale, Float.isFinite(x[j]) ? Math.abs(x[j]) : 0);
      }
      largest = Math.max(largest, difference / scale);
    }
    return largest;
  }

  /** Refuses probabilities where logits are expected, and the other way round. */
  private void requireLogits(TeacherOutputs outputs) {
    for (TensorRole role :
        List.of(
            TensorRole.CLASS_LOGITS,
            TensorRole.AUXILIARY_LOGITS,
            TensorRole.QUALITY,
            TensorRole.INSTANCE_LOGITS)) {
      List<RecordedTensor> levels = levels(role);
      if (levels.isEmpty()) {
        continue;
      }
      float min = Float.POSITIVE_INFINITY;
      float max = Float.NEGATIVE_INFINITY;
      for (RecordedTensor level : levels) {
        FloatBuffer numbers = outputs.batch(teacher.tensors().indexOf(level));
        boolean probabilities = Conversion.of(level).numbers() == Numbers.LOGIT;
        while (numbers.hasRemaining()) {
          float number = numbers.get();
          if (probabilities && Float.isNaN(number)) {
            throw refused(
                "output '"
                    + level.getOutput()
                    + "' ("
                    + level.getName()
                    + ") has numbers outside [0, 1], expected probabilities for its conversion '"
                    + level.getConversion()
                    + "'; leave out 'logit' if these are logits");
          }
          min = Math.min(min, number);
          max = Math.max(max, number);
        }
      }
      if (min >= 0 && max <= 1 && min < max) {
        throw refused(probabilities(levels, min, max));
      }
      if (role == TensorRole.CLASS_LOGITS && min >= 0 && min < max) {
        throw refused(
            named(levels)
                + ": found numbers from "
                + range(min, max)
                + " and none below 0, which would be scores of a half and more everywhere; expected"
                + " logits, these look like scores on another scale");
      }
      if (role == TensorRole.CLASS_LOGITS) {
        requireClassLogits(levels, outputs);
      }
      requireNoLogarithms(levels, role);
    }
  }

  /** Refuses logarithms of probabilities where a sigmoid follows; a softmax undoes them. */
  private void requireNoLogarithms(List<RecordedTensor> levels, TensorRole role) {
    if (role != TensorRole.QUALITY
        && teacher.descriptor().getClasses().getActivation() == ClassActivation.SOFTMAX) {
      return;
    }
    List<String> logits = before(levels, OnnxGraph::logitsOfLogarithms);
    if (!logits.isEmpty()) {
      throw refused(
          named(levels)
              + ": found logarithms of probabilities, expected logits: name the tensors before them"
              + " ("
              + String.join(", ", logits)
              + ")");
    }
  }

  /** Refuses a single level of probabilities, and logarithms of probabilities. */
  private void requireClassLogits(List<RecordedTensor> levels, TeacherOutputs outputs) {
    for (RecordedTensor level : levels) {
      FloatBuffer numbers = outputs.batch(teacher.tensors().indexOf(level));
      boolean many = numbers.remaining() >= FEWEST;
      float min = Float.POSITIVE_INFINITY;
      float max = Float.NEGATIVE_INFINITY;
      while (numbers.hasRemaining()) {
        float number = numbers.get();
        min = Math.min(min, number);
        max = Math.max(max, number);
      }
      if (many && min >= 0 && max <= 1 && min < max) {
        throw refused(probabilities(List.of(level), min, max));
      }
    }
    int classes = teacher.descriptor().getClassNames().size();
    boolean ofSigmoid =
        teacher.descriptor().getClasses().getActivation() == ClassActivation.SIGMOID;
    if (ofSigmoid
        && classes > 1
        && levels.stream().allMatch(level -> addUpToOne(level, classes, outputs, Math::exp))) {
      throw refused(
          named(levels)
              + ": found logarithms of probabilities that add up to 1 over the "
              + classes
              + " classes of each cell, expected logits; a log-softmax is part of the export, export"
              + " without it");
    }
  }

  private static String range(double min, double max) {
    return String.format(Locale.ROOT, "%.3g to %.3g", min, max);
  }

  /** Refuses distributions of box sides that went through a softmax. */
  private void requireBoxLogits(TeacherOutputs outputs) {
    List<RecordedTensor> levels = levels(TensorRole.BOX_DISTRIBUTION);
    int bins = TensorLayout.bins(teacher.descriptor());
    if (levels.isEmpty()
        || !levels.stream().allMatch(level -> addUpToOne(level, bins, outputs, n -> n))) {
      return;
    }
    List<String> logits = logits(levels);
    throw refused(
        named(levels)
            + ": found numbers in [0, 1] that add up to 1 over the "
            + bins
            + " bins of each side, expected logits: a softmax is part of the export; "
            + (logits.isEmpty()
                ? "export without it"
                : "name the tensors before it (" + String.join(", ", logits) + ")"));
  }

  /** Refuses detections with class and score exchanged, or of classes without a name. */
  private void requireDetections(TeacherOutputs outputs) {
    int classes = teacher.descriptor().getClassNames().size();
    for (int slot = 0; slot < teacher.batchSize(); slot++) {
      DetectionCheck.problem(
              outputs.view(slot).getOrDefault(TensorKind.INSTANCES, List.of()), classes)
          .ifPresent(
              problem -> {
                throw refused(
                    problem
                        + "; labels and scores are exchanged, or class-names are not those of the"
                        + " model");
              });
    }
  }

  private void requireUnits(TeacherOutputs outputs) {
    levels(TensorRole.INSTANCE_COUNT)
        .forEach(
            count -> {
              levels(TensorRole.INSTANCE_BOXES).forEach(b -> requireUnit(b, count, outputs));
              levels(TensorRole.INSTANCE_REFERENCES).forEach(r -> requireUnit(r, count, outputs));
            });
  }

  /** Refuses pixels where a conversion says parts of the input's size, and the other way round. */
  private void requireUnit(RecordedTensor boxes, RecordedTensor count, TeacherOutputs outputs) {
    boolean areParts = Conversion.of(boxes).numbers().areParts();
    int width = areParts ? teacher.descriptor().getInputWidth() : 1;
    int height = areParts ? teacher.descriptor().getInputHeight() : 1;
    float min = Float.POSITIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    int rows = 0;
    int far = 0;
    boolean hasArea = false;
    for (int slot = 0; slot < teacher.batchSize(); slot++) {
      float[] corners = outputs.tensor(teacher.tensors().indexOf(boxes), slot).toArray();
      int counted =
          Math.round(outputs.tensor(teacher.tensors().indexOf(count), slot).values().get(0));
      for (int row = 0; row < counted; row++) {
        float x1 = corners[4 * row] / width;
        float y1 = corners[4 * row + 1] / height;
        float x2 = corners[4 * row + 2] / width;
        float y2 = corners[4 * row + 3] / height;
        min = Math.min(min, Math.min(Math.min(x1, x2), Math.min(y1, y2)));
        max = Math.max(max, Math.max(Math.max(x1, x2), Math.max(y1, y2)));
        rows++;
        far += Math.max(x2, y2) > FARTHEST_PART ? 1 : 0;
        hasArea |= x2 > x1 && y2 > y1;
      }
    }
    if (areParts && 2 * far > rows) {
      throw refused(
          named(List.of(boxes))
              + ": found corners from "
              + range(min, max)
              + " times the input's width and height, expected parts of them; these look like"
              + " pixels: the conversion is xyxy or cxcywh");
    }
    if (!areParts && hasArea && max <= FARTHEST_PIXEL) {
      throw refused(
          named(List.of(boxes))
              + ": found corners from "
              + range(min, max)
              + ", expected pixels; these look like parts of the input's width and height: the"
              + " conversion is unit-xyxy or unit-cxcywh");
    }
  }

  /** Whether the probabilities of each group of channels of a cell add up to 1. */
  private boolean addUpToOne(
      RecordedTensor level, int group, TeacherOutputs outputs, DoubleUnaryOperator probability) {
    int cells = level.getShape().get(1) * level.getShape().get(2);
    int groups = level.getShape().get(0) / group;
    float[] numbers = outputs.tensor(teacher.tensors().indexOf(level), 0).toArray();
    for (int g = 0; g < groups; g++) {
      for (int cell = 0; cell < cells; cell++) {
        double sum = 0;
        for (int i = 0; i < group; i++) {
          double number = probability.applyAsDouble(numbers[(g * group + i) * cells + cell]);
          if (!(number >= 0 && number <= 1)) {
            return false;
          }
          sum += number;
        }
        if (Math.abs(sum - 1) > ROUNDING) {
          return false;
        }
      }
    }
    return true;
  }

  private String probabilities(List<RecordedTensor> levels, float min, float max) {
    List<String> logits = logits(levels);
    return "outputs "
        + levels.stream()
            .map(RecordedTensor::getOutput)
            .distinct()
            .collect(Collectors.joining(", "))
        + " ("
        + levels.get(0).getName()
        + " and on) lie in [0, 1], from "
        + range(min, max)
        + ": a sigmoid or softmax is part of the export, expected logits; "
        + (logits.isEmpty()
            ? "export without it, or "
            : "name the tensors before it (" + String.join(", ", logits) + "), or ")
        + "add the conversion 'maps logit', which loses logits beyond 16";
  }

  /** Tensors of an ONNX graph that become the outputs' probabilities; empty where unknown. */
  private List<String> logits(List<RecordedTensor> levels) {
    return before(levels, OnnxGraph::logitsOf);
  }

  /** Tensors of an ONNX graph from which the outputs are made; empty where unknown. */
  private List<String> before(
      List<RecordedTensor> levels, BiFunction<OnnxGraph, String, Optional<String>> source) {
    if (!model.toString().endsWith(ModelFile.ONNX)) {
      return List.of();
    }
    try {
      OnnxGraph graph = OnnxGraph.read(Files.readAllBytes(model));
      return levels.stream()
          .map(level -> source.apply(graph, level.getOutput()))
          .flatMap(Optional::stream)
          .distinct()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private UserMistakeException refused(String problem) {
    return new UserMistakeException("model " + model + ": " + problem);
  }
}
