package dev.lectern.report.inspect;

import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxQuality;
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
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reads the logits of a recording's containers, with the dataset's classes in the dataset's order.
 * What is not recorded of a view is never detected.
 */
public final class RecordedOutputs {
  /** What the boxes of a teacher are decoded from. */
  public static final List<TensorKind> NEEDED =
      List.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS);

  private final RecordingManifest recording;
  private final List<String> classNames;
  private final DetectionDecoder decoder;

  /**
   * @throws UserMistakeException if it lacks class scores or box logits, or they are of a form that
   *     cannot be decoded
   */
  public RecordedOutputs(RecordingManifest recording, DatasetManifest dataset) {
    List<TensorKind> kinds = recording.getEncodings().stream().map(KindEncoding::getKind).toList();
    if (!kinds.containsAll(NEEDED)) {
      throw new UserMistakeException(
          "recording '" + recording.getName() + "': holds " + kinds + ", expected " + NEEDED);
    }
    TeacherDescriptor teacher = recording.getDescriptor();
    if (teacher.getBoxes() == null
        || teacher.getBoxes().getForm() != BoxForm.DISTRIBUTION
        || teacher.getClasses().getActivation() != ClassActivation.SIGMOID
        || teacher.getQuality() != BoxQuality.NONE) {
      throw new UserMistakeException(
          "recording '"
              + recording.getName()
              + "': expected a teacher with sigmoid class logits and box distributions");
    }
    this.recording = recording;
    this.classNames = dataset.getClassNames();
    this.decoder =
        DetectionDecoder.of(
            recording.getDescriptor(), classNames.size(), DetectionDecoder.Limits.DEFAULT);
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
    List<float[]> cls = new ArrayList<>();
    List<float[]> box = new ArrayList<>();
    for (int l = 0; l < grids.size(); l++) {
      int cells = grids.get(l).cells();
      box.add(dense(boxes, decoder.boxes().role().at(l), cells));
      cls.add(ofDataset(dense(scores, TensorRole.CLASS_LOGITS.at(l), cells), box.get(l), cells));
    }
    return Outputs.<float[]>none()
        .with(TensorRole.CLASS_LOGITS, cls)
        .with(decoder.boxes().role(), box);
  }

  /** Class logits of the dataset's classes, minus infinity where there is no box. */
  private float[] ofDataset(float[] teacher, float[] box, int cells) {
    float[] cls = new float[classNames.size() * cells];
    Arrays.fill(cls, Float.NEGATIVE_INFINITY);
    for (int label = 0; label < classNames.size(); label++) {
      int source = recording.getDescriptor().getClassNames().indexOf(classNames.get(label));
      if (source >= 0) {
        System.arraycopy(teacher, source * cells, cls, label * cells, cells);
      }
    }
    for (int cell = 0; cell < cells; cell++) {
      if (box[cell] == Float.NEGATIVE_INFINITY) {
        for (int label = 0; label < classNames.size(); label++) {
          cls[label * cells + cell] = Float.NEGATIVE_INFINITY;
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
