package dev.lectern.teacher.model;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.Conversion;
import dev.lectern.schemas.descriptor.Conversion.Numbers;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * What must hold of a teacher before it is given views, tried on drawn images: the same image gives
 * the same bits in every run, beside any neighbours and in any place of a batch; class outputs are
 * logits.
 */
public final class TeacherCheck {
  private static final long SEED = 1;

  /** Pixels of the squares that images are drawn of. */
  private static final int SQUARE = 16;

  /** Differences above it, relative to the largest number, are no matter of rounding. */
  private static final double ROUNDING = 1e-3;

  private final Teacher teacher;
  private final Path model;
  private final SplittableRandom random = new SplittableRandom(SEED);

  private TeacherCheck(Teacher teacher, Path model) {
    this.teacher = teacher;
    this.model = model;
  }

  /**
   * Runs the teacher on three batches, on two if a batch is one view.
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
    requireLogits(first);
    TeacherOutputs again = infer(images);
    for (int slot = 0; slot < batch; slot++) {
      if (difference(first, slot, again, slot) != 0) {
        throw refused(
            "the same images give other outputs in a second run: dropout or other chance is part"
                + " of it; export it in evaluation mode, after model.eval()");
      }
    }
    if (batch > 1) {
      FloatBuffer others = TeacherOutputs.floats((long) batch * teacher.inputSize());
      for (int slot = 0; slot < batch - 1; slot++) {
        draw(others.slice(slot * teacher.inputSize(), teacher.inputSize()));
      }
      others.put((batch - 1) * teacher.inputSize(), images, 0, teacher.inputSize());
      requireAlone(difference(first, 0, infer(others), batch - 1));
    }
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
        List.of(TensorRole.CLASS_LOGITS, TensorRole.QUALITY, TensorRole.INSTANCE_LOGITS)) {
      List<RecordedTensor> levels =
          teacher.tensors().stream().filter(t -> TensorLayout.role(t) == role).toList();
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
    }
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
        + String.format(Locale.ROOT, "%.3g to %.3g", min, max)
        + ": a sigmoid or softmax is part of the export, expected logits; "
        + (logits.isEmpty()
            ? "export without it, or "
            : "name the tensors before it (" + String.join(", ", logits) + "), or ")
        + "add the conversion 'maps logit', which loses logits beyond 16";
  }

  /** Tensors of an ONNX graph that become the outputs' probabilities; empty where unknown. */
  private List<String> logits(List<RecordedTensor> levels) {
    if (!model.toString().endsWith(ModelFile.ONNX)) {
      return List.of();
    }
    try {
      OnnxGraph graph = OnnxGraph.read(Files.readAllBytes(model));
      return levels.stream()
          .map(level -> graph.logitsOf(level.getOutput()))
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
