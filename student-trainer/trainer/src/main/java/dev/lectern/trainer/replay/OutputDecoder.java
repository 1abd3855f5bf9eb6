package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.CorruptTensorException;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.TensorContainer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.EnumSet;
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
  private final Set<TensorKind> sparse = EnumSet.noneOf(TensorKind.class);
  private final ClassMapping classes;

  /**
   * @param recording says which tensors of which shapes there are
   * @param classNames of the dataset
   * @param kinds the kinds to decode
   */
  OutputDecoder(RecordingManifest recording, List<String> classNames, Set<TensorKind> kinds) {
    this.recording = recording.getName();
    this.classes = ClassMapping.between(recording.getDescriptor().getClassNames(), classNames);
    for (KindEncoding encoding : recording.getEncodings()) {
      if (encoding.getPositions() != PositionEncoding.DENSE) {
        sparse.add(encoding.getKind());
      }
    }
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

  /** Decoded numbers of one view, at most. */
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
   * Space for the outputs of a batch.
   *
   * @param size views of the batch
   * @param room views of the largest batch
   */
  OutputSpace space(int size, int room, BufferPool pool) {
    OutputSpace space = new OutputSpace(pool);
    shapes.forEach(
        (kind, tensors) ->
            tensors.forEach(
                (name, shape) -> {
                  if (sparse.contains(kind)) {
                    space
                        .collectors()
                        .put(name, new RowCollector(size, shape[0], shape[1] * shape[2], pool));
                  } else {
                    space.maps().put(name, FloatArray.pooled(size, room, shape, pool));
                  }
                }));
    return space;
  }

  /**
   * Decodes one payload of one view.
   *
   * @param container the stored bytes, verified
   * @param space from {@link #space}
   * @param index place of the view in the batch
   * @throws CorruptRecordingException if they are not what manifest and descriptor say
   */
  void decode(String viewId, TensorKind kind, ByteBuffer container, OutputSpace space, int index) {
    try {
      TensorContainer opened = TensorContainer.openVerified(container);
      shapes
          .get(kind)
          .forEach(
              (name, shape) -> {
                boolean mapped = kind == TensorKind.CLASS_SCORES && !classes.isIdentity();
                int channels = mapped ? classes.teacherClasses() : shape[0];
                TensorContainer.Entry entry =
                    entry(viewId, kind, opened, name, new int[] {channels, shape[1], shape[2]});
                FloatBuffer target =
                    sparse.contains(kind)
                        ? space.collectors().get(name).add(index, opened.positions(entry))
                        : space.maps().get(name).sample(index);
                if (mapped) {
                  FloatBuffer all = FloatBuffer.allocate(entry.size());
                  opened.readInto(entry, all);
                  classes.gather(all, entry.storedCells(), target);
                } else {
                  opened.readInto(entry, target);
                }
              });
    } catch (CorruptTensorException e) {
      throw new CorruptRecordingException(where(viewId) + ", " + kind + ": " + e.getMessage(), e);
    }
  }

  private TensorContainer.Entry entry(
      String viewId, TensorKind kind, TensorContainer opened, String name, int[] shape) {
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
    if ((entry.positions() != Positions.DENSE) != sparse.contains(kind)) {
      throw new CorruptRecordingException(
          where(viewId)
              + ": tensor \""
              + name
              + "\" holds positions "
              + entry.positions()
              + ", the manifest says otherwise");
    }
    return entry;
  }

  private String where(String viewId) {
    return "recording '" + recording + "', view " + viewId;
  }
}
