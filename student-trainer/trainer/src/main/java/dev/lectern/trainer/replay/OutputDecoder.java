package dev.lectern.trainer.replay;

import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.CorruptTensorException;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.trainer.replay.ReplayConfig.Dequantise;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns the stored outputs of one recording's teacher into arrays of a batch, with the student's
 * classes in the student's order; of instances the background comes last. Safe for several threads.
 */
final class OutputDecoder {
  private static final String LOGITS_OF_INSTANCES = TensorRole.INSTANCE_LOGITS.prefix();
  private static final String LABELS_OF_INSTANCES = TensorRole.INSTANCE_LABELS.prefix();

  private final String recording;
  private final Map<TensorKind, Map<String, int[]>> shapes = new LinkedHashMap<>();
  private final Set<TensorKind> sparse = EnumSet.noneOf(TensorKind.class);
  private final Map<TensorKind, Values> narrow = new EnumMap<>(TensorKind.class);
  private final ClassMapping classes;
  private final int teacherClasses;
  private final Background background;

  /** For tensors that the student sees on other cells those that are stored, by name. */
  private final Map<String, int[]> cells = new HashMap<>();

  private final Map<String, List<Integer>> stored = new HashMap<>();

  /** Of a student that sees views as they are. */
  OutputDecoder(
      RecordingManifest recording,
      ClassMapping classes,
      Set<TensorKind> kinds,
      Dequantise dequantise) {
    this(recording, recording, classes, kinds, dequantise);
  }

  /**
   * @param asRecorded says which shapes are stored
   * @param recording says which tensors of which shapes the student sees
   * @param classes from the teacher's to the student's
   * @param kinds the kinds to decode
   * @param dequantise {@link Dequantise#DEVICE} leaves the numbers of dense tensors as they are
   *     stored where they are narrower than float32
   */
  OutputDecoder(
      RecordingManifest asRecorded,
      RecordingManifest recording,
      ClassMapping classes,
      Set<TensorKind> kinds,
      Dequantise dequantise) {
    this.recording = recording.getName();
    this.classes = classes;
    this.teacherClasses = recording.getDescriptor().getClassNames().size();
    this.background = recording.getDescriptor().getClasses().getBackground();
    for (KindEncoding encoding : recording.getEncodings()) {
      if (encoding.getPositions() != PositionEncoding.DENSE) {
        sparse.add(encoding.getKind());
      } else if (dequantise == Dequantise.DEVICE && !isMapped(encoding.getKind())) {
        Values values = TensorEncoding.of(encoding).values();
        if (values.isNarrow()) {
          narrow.put(encoding.getKind(), values);
        }
      }
    }
    for (TensorKind kind : kinds.stream().sorted().toList()) {
      shapes.put(kind, shapes(recording.getDescriptor(), kind));
      stored.putAll(TensorLayout.shapes(asRecorded.getDescriptor(), kind));
      shapes
          .get(kind)
          .forEach(
              (name, seen) -> {
                int[] from = StudentCanvas.cells(stored.get(name), seen);
                if (from != null) {
                  cells.put(name, from);
                  narrow.remove(kind);
                }
              });
    }
  }

  /** Shapes of what a batch gets. */
  private Map<String, int[]> shapes(TeacherDescriptor teacher, TensorKind kind) {
    Map<String, int[]> shapes = new LinkedHashMap<>();
    TensorLayout.shapes(teacher, kind)
        .forEach(
            (name, shape) -> {
              int[] seen = shape.stream().mapToInt(Integer::intValue).toArray();
              if (name.equals(LOGITS_OF_INSTANCES)) {
                seen[1] += classes.studentClasses() - teacherClasses;
              } else if (isMapped(name)) {
                seen[0] = seen[0] / teacherClasses * classes.studentClasses();
              }
              shapes.put(name, seen);
            });
    return shapes;
  }

  /** The recording that it decodes. */
  String recording() {
    return recording;
  }

  /** Whether a tensor holds classes, and the student's are others, or in another order. */
  private boolean isMapped(String name) {
    return !classes.isIdentity()
        && TensorRole.of(name)
            .filter(role -> role == TensorRole.CLASS_LOGITS || role == TensorRole.JOINT_SCORE)
            .isPresent();
  }

  /** Whether that holds for any tensor of a kind. */
  private boolean isMapped(TensorKind kind) {
    return kind == TensorKind.CLASS_SCORES && !classes.isIdentity();
  }

  /** Whether the stored class logits of instances are the student's, with the background last. */
  private boolean areLogitsOfInstancesKept() {
    return classes.isIdentity() && background != Background.FIRST;
  }

  /** Decoded bytes of one view, at most. */
  long bytes() {
    long bytes = 0;
    for (Map.Entry<TensorKind, Map<String, int[]>> kind : shapes.entrySet()) {
      int width = narrow.getOrDefault(kind.getKey(), Values.FLOAT32).width();
      for (int[] shape : kind.getValue().values()) {
        bytes += (long) width * Arrays.stream(shape).reduce(1, Math::multiplyExact);
      }
    }
    return bytes;
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
                  } else if (narrow.containsKey(kind)) {
                    space
                        .narrow()
                        .put(name, NarrowArray.pooled(size, room, shape, narrow.get(kind), pool));
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
                TensorContainer.Entry entry = entry(viewId, kind, opened, name, storedShape(name));
                if (narrow.containsKey(kind)) {
                  requireValues(viewId, entry, narrow.get(kind));
                  NarrowArray array = space.narrow().get(name);
                  array.setAffine(index, opened.readStored(entry, array.sample(index)));
                } else {
                  FloatBuffer target =
                      sparse.contains(kind)
                          ? space.collectors().get(name).add(index, opened.positions(entry))
                          : space.maps().get(name).sample(index);
                  if (cells.containsKey(name)) {
                    FloatBuffer all = FloatBuffer.allocate(shape[0] * entry.cells());
                    readFloats(opened, entry, all);
                    gather(all.array(), entry.cells(), cells.get(name), target);
                  } else {
                    readFloats(opened, entry, target);
                  }
                }
              });
    } catch (CorruptTensorException e) {
      throw new CorruptRecordingException(where(viewId) + ", " + kind + ": " + e.getMessage(), e);
    }
  }

  /** The stored shape of a tensor. */
  private int[] storedShape(String name) {
    return stored.get(name).stream().mapToInt(Integer::intValue).toArray();
  }

  private static void gather(float[] all, int stored, int[] from, FloatBuffer target) {
    for (int channel = 0; channel < all.length / stored; channel++) {
      for (int cell : from) {
        target.put(all[channel * stored + cell]);
      }
    }
  }

  private void readFloats(TensorContainer opened, TensorContainer.Entry entry, FloatBuffer target) {
    if (entry.name().equals(LOGITS_OF_INSTANCES) && !areLogitsOfInstancesKept()) {
      FloatBuffer all = FloatBuffer.allocate(entry.size());
      opened.readInto(entry, all);
      classes.gatherColumns(all, background, target);
    } else if (entry.name().equals(LABELS_OF_INSTANCES) && !classes.isIdentity()) {
      FloatBuffer all = FloatBuffer.allocate(entry.size());
      opened.readInto(entry, all);
      for (int i = 0; i < all.capacity(); i++) {
        target.put(classes.label(Math.round(all.get(i))).orElse(-1));
      }
    } else if (isMapped(entry.name())) {
      FloatBuffer all = FloatBuffer.allocate(entry.size());
      opened.readInto(entry, all);
      classes.gather(all, entry.shape()[0] / teacherClasses, entry.storedCells(), target);
    } else {
      opened.readInto(entry, target);
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

  private void requireValues(String viewId, TensorContainer.Entry entry, Values expected) {
    if (entry.encoding().values() != expected) {
      throw new CorruptRecordingException(
          where(viewId)
              + ": tensor \""
              + entry.name()
              + "\" holds "
              + entry.encoding().values()
              + ", the manifest says "
              + expected);
    }
  }

  private String where(String viewId) {
    return "recording '" + recording + "', view " + viewId;
  }
}
