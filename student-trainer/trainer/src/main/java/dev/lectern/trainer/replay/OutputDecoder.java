package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.CorruptTensorException;
import dev.lectern.schemas.tensor.TensorContainer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns the stored outputs of one recording's teacher into arrays of a batch, with the dataset's
 * classes in the dataset's order. Safe for several threads.
 */
final class OutputDecoder {
  private final String recording;
  private final Map<TensorKind, Map<String, int[]>> shapes = new LinkedHashMap<>();
  private final ClassMapping classes;

  /**
   * @param recording says which tensors of which shapes there are
   * @param classNames of the dataset
   * @param kinds the kinds to decode
   */
  OutputDecoder(RecordingManifest recording, List<String> classNames, Set<TensorKind> kinds) {
    this.recording = recording.getName();
    this.classes = ClassMapping.between(recording.getDescriptor().getClassNames(), classNames);
    for (TensorKind kind : kinds.stream().sorted().toList()) {
      shapes.put(kind, shapes(recording.getDescriptor(), kind));
    }
  }

  private Map<String, int[]> shapes(TeacherDescriptor teacher, TensorKind kind) {
    Map<String, int[]> shapes = new LinkedHashMap<>();
    for (int l = 0; l < teacher.getLevels().size(); l++) {
      Level level = teacher.getLevels().get(l);
      String name =
          switch (kind) {
            case CLASS_SCORES -> "cls." + l;
            case BOX_LOGITS -> "dist." + l;
            case FPN_FEATURES -> "fpn." + l;
          };
      int channels =
          switch (kind) {
            case CLASS_SCORES -> classes.datasetClasses();
            case BOX_LOGITS -> 4 * teacher.getBins();
            case FPN_FEATURES -> level.getFeatureChannels();
          };
      if (channels > 0) {
        shapes.put(name, new int[] {channels, level.getHeight(), level.getWidth()});
      }
    }
    return shapes;
  }

  /** The recording that it decodes. */
  String recording() {
    return recording;
  }

  /** Decoded numbers of one view. */
  long numbers() {
    long numbers = 0;
    for (Map<String, int[]> kind : shapes.values()) {
      for (int[] shape : kind.values()) {
        numbers += (long) shape[0] * shape[1] * shape[2];
      }
    }
    return numbers;
  }

  /**
   * Space for the outputs of a batch, by tensor name.
   *
   * @param size views of the batch
   * @param room views of the largest batch
   */
  Map<String, FloatArray> arrays(int size, int room, BufferPool pool) {
    Map<String, FloatArray> arrays = new LinkedHashMap<>();
    shapes
        .values()
        .forEach(
            kind ->
                kind.forEach(
                    (name, shape) -> arrays.put(name, FloatArray.pooled(size, room, shape, pool))));
    return arrays;
  }

  /**
   * Decodes one payload of one view.
   *
   * @param container the stored bytes, verified
   * @param arrays from {@link #arrays}
   * @param index place of the view in the batch
   * @throws CorruptRecordingException if they are not what manifest and descriptor say
   */
  void decode(
      String viewId,
      TensorKind kind,
      ByteBuffer container,
      Map<String, FloatArray> arrays,
      int index) {
    try {
      TensorContainer opened = TensorContainer.openVerified(container);
      shapes
          .get(kind)
          .forEach(
              (name, shape) -> {
                FloatBuffer target = arrays.get(name).sample(index);
                if (kind == TensorKind.CLASS_SCORES && !classes.isIdentity()) {
                  readMapped(viewId, opened, name, shape, target);
                } else {
                  opened.readInto(entry(viewId, opened, name, shape), target);
                }
              });
    } catch (CorruptTensorException e) {
      throw new CorruptRecordingException(where(viewId) + ", " + kind + ": " + e.getMessage(), e);
    }
  }

  private void readMapped(
      String viewId, TensorContainer opened, String name, int[] shape, FloatBuffer target) {
    int[] stored = {classes.teacherClasses(), shape[1], shape[2]};
    FloatBuffer all = FloatBuffer.allocate(stored[0] * stored[1] * stored[2]);
    opened.readInto(entry(viewId, opened, name, stored), all);
    classes.gather(all, shape[1] * shape[2], target);
  }

  private TensorContainer.Entry entry(
      String viewId, TensorContainer opened, String name, int[] shape) {
    TensorContainer.Entry entry = opened.find(name);
    if (entry == null || !Arrays.equals(entry.shape(), shape)) {
      throw new CorruptRecordingException(
          where(viewId)
              + ": tensor \""
              + name
              + "\" is "
              + (entry == null ? "absent" : Arrays.toString(entry.shape()))
              + ", expected "
              + Arrays.toString(shape));
    }
    return entry;
  }

  private String where(String viewId) {
    return "recording '" + recording + "', view " + viewId;
  }
}
