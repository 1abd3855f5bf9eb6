package dev.lectern.report.inspect;

import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.CorruptTensorException;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.TensorContainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Reads the logits of a recording's containers, with the dataset's classes in the dataset's order.
 * What is not recorded of a view is never detected.
 */
public final class RecordedOutputs {
  /** What the boxes of a teacher are decoded from. */
  public static final List<TensorKind> NEEDED =
      List.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS);

  private final int teacherClasses;

  /** For each class of the dataset the teacher's that stand for it. */
  private final List<int[]> sources = new ArrayList<>();

  private final DetectionDecoder decoder;

  /**
   * With the dataset's own classes.
   *
   * @throws UserMistakeException if it lacks class scores or box logits, or they are of a form that
   *     cannot be decoded
   */
  public RecordedOutputs(RecordingManifest recording, DatasetManifest dataset) {
    this(recording, byName(dataset.getClassNames()));
  }

  /**
   * With classes that stand for several of the teacher's.
   *
   * @param classes in label order, each with the names of those that stand for it
   * @throws UserMistakeException if it lacks class scores or box logits, or they are of a form that
   *     cannot be decoded
   */
  public RecordedOutputs(RecordingManifest recording, Map<String, List<String>> classes) {
    List<TensorKind> kinds = recording.getEncodings().stream().map(KindEncoding::getKind).toList();
    if (!kinds.containsAll(NEEDED)) {
      throw new UserMistakeException(
          "recording '" + recording.getName() + "': holds " + kinds + ", expected " + NEEDED);
    }
    TeacherDescriptor teacher = recording.getDescriptor();
    if (teacher.getBoxes() == null
        || teacher.getClasses().getActivation() != ClassActivation.SIGMOID
        || teacher.getClasses().getBackground() != Background.NONE) {
      throw new UserMistakeException(
          "recording '"
              + recording.getName()
              + "': expected a teacher with boxes and sigmoid class logits without background");
    }
    this.teacherClasses = teacher.getClassNames().size();
    for (List<String> stands : classes.values()) {
      sources.add(
          IntStream.range(0, teacherClasses)
              .filter(k -> stands.contains(teacher.getClassNames().get(k)))
              .toArray());
    }
    try {
      this.decoder = DetectionDecoder.of(teacher, classes.size(), DetectionDecoder.Limits.DEFAULT);
    } catch (IllegalArgumentException e) {
      throw new UserMistakeException(
          "recording '" + recording.getName() + "': " + e.getMessage(), e);
    }
  }

  private static Map<String, List<String>> byName(List<String> names) {
    Map<String, List<String>> classes = new LinkedHashMap<>();
    names.forEach(name -> classes.put(name, List.of(name)));
    return classes;
  }

  /** Decodes what {@link #of} gives, with the dataset's classes. */
  public DetectionDecoder decoder() {
    return decoder;
  }

  /**
   * Positions of each level whose class scores are recorded.
   *
   * @param scores container of a view's class scores
   * @return ascending h * W + w; empty if all are
   */
  public List<int[]> positions(TensorContainer scores) {
    return scores.entries().stream()
        .filter(entry -> entry.positions() != Positions.DENSE)
        .map(scores::positions)
        .toList();
  }

  /** What the teacher gave for a view. */
  public Outputs<float[]> of(TensorContainer scores, TensorContainer boxes) {
    List<LevelGrid> grids = decoder.priors().levels();
    Map<TensorRole, List<float[]>> levels = new EnumMap<>(TensorRole.class);
    for (int l = 0; l < grids.size(); l++) {
      int cells = grids.get(l).cells();
      float[] box = dense(boxes, decoder.boxes().role().at(l), cells);
      for (TensorRole role : decoder.roles()) {
        float[] map = role == decoder.boxes().role() ? box : dense(scores, role.at(l), cells);
        boolean ofClasses = role == TensorRole.CLASS_LOGITS || role == TensorRole.JOINT_SCORE;
        levels
            .computeIfAbsent(role, r -> new ArrayList<>())
            .add(ofClasses ? ofDataset(map, box, cells) : map);
      }
    }
    Outputs<float[]> outputs = Outputs.none();
    for (Map.Entry<TensorRole, List<float[]>> role : levels.entrySet()) {
      outputs = outputs.with(role.getKey(), role.getValue());
    }
    return outputs;
  }

  /**
   * Class logits of the dataset's classes, the largest of those that stand for one, minus infinity
   * where there is none or no box.
   */
  private float[] ofDataset(float[] teacher, float[] box, int cells) {
    int anchors = decoder.priors().anchorsPerCell();
    float[] cls = new float[anchors * sources.size() * cells];
    Arrays.fill(cls, Float.NEGATIVE_INFINITY);
    for (int anchor = 0; anchor < anchors; anchor++) {
      for (int label = 0; label < sources.size(); label++) {
        int to = (anchor * sources.size() + label) * cells;
        for (int source : sources.get(label)) {
          int from = (anchor * teacherClasses + source) * cells;
          for (int cell = 0; cell < cells; cell++) {
            if (box[cell] != Float.NEGATIVE_INFINITY) {
              cls[to + cell] = Math.max(cls[to + cell], teacher[from + cell]);
            }
          }
        }
      }
    }
    return cls;
  }

  /** (C, H * W), minus infinity where nothing is recorded. */
  private static float[] dense(TensorContainer container, String name, int cells) {
    TensorContainer.Entry entry = container.find(name);
    if (entry == null) {
      throw new CorruptTensorException("tensor container: found no tensor " + name);
    }
    float[] stored = container.read(entry).toArray();
    if (entry.positions() == Positions.DENSE) {
      return stored;
    }
    int[] positions = container.positions(entry);
    float[] dense = new float[entry.shape()[0] * cells];
    Arrays.fill(dense, Float.NEGATIVE_INFINITY);
    IntStream.range(0, stored.length)
        .forEach(
            i -> dense[i / positions.length * cells + positions[i % positions.length]] = stored[i]);
    return dense;
  }
}
