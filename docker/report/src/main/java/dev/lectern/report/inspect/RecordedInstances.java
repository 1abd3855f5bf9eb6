package dev.lectern.report.inspect;

import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.CorruptTensorException;
import dev.lectern.schemas.tensor.TensorContainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Reads the instances of a recording's containers, with the dataset's classes in the dataset's
 * order; the background, where there is one, comes last.
 */
public final class RecordedInstances {
  private final TeacherDescriptor teacher;

  /** For each class of the dataset the teacher's that stand for it. */
  private final List<int[]> sources = new ArrayList<>();

  private final DetectionDecoder decoder;

  /**
   * @param classes in label order, each with the names of those that stand for it
   * @throws UserMistakeException if the recording lacks its instances
   */
  public RecordedInstances(RecordingManifest recording, Map<String, List<String>> classes) {
    if (recording.getEncodings().stream().noneMatch(e -> e.getKind() == TensorKind.INSTANCES)) {
      throw new UserMistakeException(
          "recording '" + recording.getName() + "': holds no instances, expected INSTANCES");
    }
    teacher = recording.getDescriptor();
    for (List<String> stands : classes.values()) {
      sources.add(
          IntStream.range(0, teacher.getClassNames().size())
              .filter(k -> stands.contains(teacher.getClassNames().get(k)))
              .toArray());
    }
    decoder = DetectionDecoder.of(teacher, classes.size(), DetectionDecoder.Limits.DEFAULT);
  }

  /** Whether a recording is of a teacher that gives instances in place of cells. */
  public static boolean are(RecordingManifest recording) {
    return TensorLayout.instances(recording.getDescriptor()) > 0;
  }

  /** Decodes what {@link #of} gives, with the dataset's classes. */
  public DetectionDecoder decoder() {
    return decoder;
  }

  /** What the teacher gave for a view. */
  public Outputs<float[]> of(TensorContainer instances) {
    Outputs<float[]> outputs = Outputs.none();
    float[] logits = null;
    if (decoder.roles().contains(TensorRole.INSTANCE_LOGITS)) {
      logits = read(instances, TensorRole.INSTANCE_LOGITS);
    }
    for (TensorRole role : decoder.roles()) {
      float[] values = read(instances, role);
      float[] ofDataset =
          switch (role) {
            case INSTANCE_LOGITS -> logits(values);
            case INSTANCE_DELTAS -> deltas(values, logits);
            case INSTANCE_LABELS -> labels(values);
            default -> values;
          };
      outputs = outputs.with(role, List.of(ofDataset));
    }
    return outputs;
  }

  private static float[] read(TensorContainer instances, TensorRole role) {
    TensorContainer.Entry entry = instances.find(role.at(0));
    if (entry == null) {
      throw new CorruptTensorException("tensor container: found no tensor " + role.at(0));
    }
    return instances.read(entry).toArray();
  }

  private int columns() {
    return teacher.getClassNames().size() + (hasBackground() ? 1 : 0);
  }

  private boolean hasBackground() {
    return teacher.getClasses().getBackground() != Background.NONE;
  }

  /** Column of a class of the teacher. */
  private int column(int label) {
    return label + (teacher.getClasses().getBackground() == Background.FIRST ? 1 : 0);
  }

  /**
   * The largest logit of those that stand for a class, minus infinity where there is none; where
   * there is a background, the others belong to it.
   */
  private float[] logits(float[] of) {
    int rows = of.length / columns();
    int wide = sources.size() + (hasBackground() ? 1 : 0);
    float[] logits = new float[rows * wide];
    Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < rows; row++) {
      boolean[] stands = new boolean[columns()];
      for (int label = 0; label < sources.size(); label++) {
        int best = best(of, row, label);
        if (best >= 0) {
          stands[column(best)] = true;
          logits[row * wide + label] = of[row * columns() + column(best)];
        }
      }
      if (hasBackground()) {
        logits[row * wide + sources.size()] = rest(of, row, stands);
      }
    }
    return logits;
  }

  /** The teacher's likeliest class of those that stand for one of the dataset's; -1 for none. */
  private int best(float[] logits, int row, int label) {
    int best = -1;
    int at = row * columns();
    for (int source : sources.get(label)) {
      if (best < 0 || logits[at + column(source)] > logits[at + column(best)]) {
        best = source;
      }
    }
    return best;
  }

  /** Log of the sum of what stands for no class: all of it is background. */
  private float rest(float[] logits, int row, boolean[] stands) {
    double max = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < stands.length; c++) {
      max = stands[c] ? max : Math.max(max, logits[row * stands.length + c]);
    }
    double sum = 0;
    for (int c = 0; c < stands.length; c++) {
      sum += stands[c] ? 0 : Math.exp(logits[row * stands.length + c] - max);
    }
    return (float) (max + Math.log(sum));
  }

  /** Those of the class with the largest logit among those that stand for one. */
  private float[] deltas(float[] of, float[] logits) {
    int rows = logits.length / columns();
    int perRow = of.length / rows;
    if (perRow == 4) {
      return of;
    }
    float[] deltas = new float[rows * 4 * sources.size()];
    for (int row = 0; row < rows; row++) {
      for (int label = 0; label < sources.size(); label++) {
        int best = best(logits, row, label);
        if (best >= 0) {
          System.arraycopy(
              of, row * perRow + 4 * best, deltas, 4 * (row * sources.size() + label), 4);
        }
      }
    }
    return deltas;
  }

  /** -1 for what is none of the dataset's. */
  private float[] labels(float[] of) {
    float[] labels = new float[of.length];
    for (int row = 0; row < labels.length; row++) {
      int source = Math.round(of[row]);
      labels[row] =
          IntStream.range(0, sources.size())
              .filter(label -> Arrays.stream(sources.get(label)).anyMatch(k -> k == source))
              .findFirst()
              .orElse(-1);
    }
    return labels;
  }
}
