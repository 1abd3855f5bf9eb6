package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.Level;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.AvroSerde;
import dev.lectern.schemas.tensor.CorruptTensorException;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.InputNormalization;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Turns stored bytes into the arrays of a batch. Safe for several threads. */
final class BatchDecoder {
  private final int width;
  private final int height;
  private final InputNormalization input;
  private final PhotometricNoise noise;
  private final long seed;
  private final Map<TensorKind, Map<String, int[]>> shapes = new LinkedHashMap<>();
  private final AvroSerde<View> views = new AvroSerde<>(View.class);
  private final BufferPool pool;

  /**
   * @param width canvas width, pixels
   * @param height canvas height, pixels
   * @param teacher says which tensors of which shapes there are
   * @param kinds the kinds to decode
   * @param pool where the memory of batches comes from and goes to
   */
  BatchDecoder(
      int width,
      int height,
      InputNormalization input,
      PhotometricNoise noise,
      long seed,
      TeacherDescriptor teacher,
      Set<TensorKind> kinds,
      BufferPool pool) {
    this.width = width;
    this.height = height;
    this.input = input;
    this.noise = noise;
    this.seed = seed;
    this.pool = pool;
    for (TensorKind kind : kinds.stream().sorted().toList()) {
      shapes.put(kind, shapes(teacher, kind));
    }
  }

  private static Map<String, int[]> shapes(TeacherDescriptor teacher, TensorKind kind) {
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
            case CLASS_SCORES -> teacher.getClassNames().size();
            case BOX_LOGITS -> 4 * teacher.getBins();
            case FPN_FEATURES -> level.getFeatureChannels();
          };
      if (channels > 0) {
        shapes.put(name, new int[] {channels, level.getHeight(), level.getWidth()});
      }
    }
    return shapes;
  }

  /** Decoded bytes of a batch of so many views. */
  long bytes(int views) {
    long numbers = 3L * width * height;
    for (Map<String, int[]> kind : shapes.values()) {
      for (int[] shape : kind.values()) {
        numbers += (long) shape[0] * shape[1] * shape[2];
      }
    }
    return numbers * Float.BYTES * views;
  }

  /** Space for a batch; its samples are decoded one by one. */
  Frame frame(int size, int epoch) {
    return new Frame(size, epoch);
  }

  /** A batch in the making. */
  final class Frame {
    private final int epoch;
    private final View[] decoded;
    private final FloatArray images;
    private final Map<String, FloatArray> teacher = new LinkedHashMap<>();

    private Frame(int size, int epoch) {
      this.epoch = epoch;
      this.decoded = new View[size];
      this.images = array(size, new int[] {3, height, width});
      shapes
          .values()
          .forEach(kind -> kind.forEach((name, shape) -> teacher.put(name, array(size, shape))));
    }

    private FloatArray array(int size, int[] shape) {
      int bytes = Math.multiplyExact(size * Float.BYTES, shape[0] * shape[1] * shape[2]);
      return new FloatArray(new long[] {size, shape[0], shape[1], shape[2]}, pool.take(bytes));
    }

    /**
     * Decodes one sample.
     *
     * @param parts the stored bytes
     * @throws CorruptRecordingException if they are not what manifest and descriptor say
     */
    void decode(int index, String viewId, Map<Part, ByteBuffer> parts) {
      View view =
          views
              .deserializer()
              .deserialize("view " + viewId, PartLocation.bytes(parts.get(Part.VIEW)));
      Canvas canvas = Canvas.decode(view);
      if (canvas.width() != width || canvas.height() != height) {
        throw new CorruptRecordingException(
            "view "
                + viewId
                + ": found a canvas of "
                + canvas.width()
                + "x"
                + canvas.height()
                + ", expected "
                + width
                + "x"
                + height);
      }
      if (!noise.isNone()) {
        canvas = noise.apply(canvas, SplitMix64.of(seed ^ viewId.hashCode(), epoch));
      }
      FloatBuffer target = images.sample(index);
      input.write(canvas, target);
      shapes.forEach(
          (kind, tensors) -> read(viewId, kind, tensors, parts.get(Part.of(kind)), index));
      view.setPixels(ByteBuffer.allocate(0));
      decoded[index] = view;
    }

    private void read(
        String viewId, TensorKind kind, Map<String, int[]> tensors, ByteBuffer bytes, int index) {
      try {
        TensorContainer container = TensorContainer.open(bytes);
        tensors.forEach(
            (name, shape) -> {
              TensorContainer.Entry entry = container.find(name);
              if (entry == null || !Arrays.equals(entry.shape(), shape)) {
                throw new CorruptRecordingException(
                    "view "
                        + viewId
                        + ": tensor \""
                        + name
                        + "\" is "
                        + (entry == null ? "absent" : Arrays.toString(entry.shape()))
                        + ", expected "
                        + Arrays.toString(shape));
              }
              container.readInto(entry, teacher.get(name).sample(index));
            });
      } catch (CorruptTensorException e) {
        throw new CorruptRecordingException(
            "view " + viewId + ", " + kind + ": " + e.getMessage(), e);
      }
    }

    ReplayBatch finish() {
      return new ReplayBatch(List.of(decoded), images, teacher, this::release);
    }

    void release() {
      pool.give(images.bytes());
      teacher.values().forEach(array -> pool.give(array.bytes()));
    }
  }
}
