package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.random.SplitMix64;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.SlicedRecords;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.schemas.view.LabelPixels;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Turns stored bytes into the arrays of a batch. Safe for several threads. */
final class BatchDecoder {
  private static final ByteBuffer NO_PIXELS = ByteBuffer.allocate(0);

  private final int width;
  private final int height;
  private final StudentCanvas canvas;
  private final InputNormalization input;
  private final PhotometricNoise noise;
  private final long seed;
  private final ClassMapping labels;
  private final List<OutputDecoder> teachers;
  private final SlicedRecords<View> views = new SlicedRecords<>(View.class);
  private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);
  private final BufferPool pool;

  /**
   * @param width canvas width, pixels; 0 if no view is among the parts
   * @param height canvas height, pixels
   * @param canvas how large the student sees views
   * @param labels from the dataset's classes to the student's; null if no view is among the parts
   * @param teachers one per recording, in the order of the recordings; empty for views alone
   * @param pool where the memory of batches comes from and goes to
   */
  BatchDecoder(
      int width,
      int height,
      StudentCanvas canvas,
      InputNormalization input,
      PhotometricNoise noise,
      long seed,
      ClassMapping labels,
      List<OutputDecoder> teachers,
      BufferPool pool) {
    this.width = width;
    this.height = height;
    this.canvas = canvas;
    this.input = input;
    this.noise = noise;
    this.seed = seed;
    this.labels = labels;
    this.teachers = List.copyOf(teachers);
    this.pool = pool;
  }

  private int seenWidth() {
    return canvas.size() == null ? width : canvas.size().width();
  }

  private int seenHeight() {
    return canvas.size() == null ? height : canvas.size().height();
  }

  /** Decoded bytes of a batch of so many views. */
  long bytes(int views) {
    long pixels = 3L * seenWidth() * seenHeight() * Float.BYTES;
    return (pixels + teachers.stream().mapToLong(OutputDecoder::bytes).sum()) * views;
  }

  /**
   * Space for a batch; its samples are decoded one by one.
   *
   * @param size views of the batch
   * @param room views of the largest batch
   */
  Frame frame(int size, int room, int epoch) {
    return new Frame(size, room, epoch);
  }

  /** What a thread needs for one view after the other. */
  private final class Scratch {
    private final byte[] canvas = new byte[3 * width * height];
    private byte[] record = new byte[0];

    /** The bytes on the heap, where the pixels' decoder can read them. */
    ByteBuffer holding(ByteBuffer bytes) {
      if (bytes.hasArray()) {
        return bytes;
      }
      int length = bytes.remaining();
      if (record.length < length) {
        record = new byte[length + length / 4];
      }
      bytes.get(bytes.position(), record, 0, length);
      return ByteBuffer.wrap(record, 0, length);
    }
  }

  /** A batch in the making. */
  final class Frame {
    private final int epoch;
    private final View[] decoded;
    private final FloatArray images;
    private final Map<String, OutputSpace> outputs = new LinkedHashMap<>();

    private Frame(int size, int room, int epoch) {
      this.epoch = epoch;
      this.decoded = new View[size];
      this.images = FloatArray.pooled(size, room, new int[] {3, seenHeight(), seenWidth()}, pool);
      teachers.forEach(
          teacher -> outputs.put(teacher.recording(), teacher.space(size, room, pool)));
    }

    /**
     * Decodes one sample.
     *
     * @param parts the view, unless views are not wanted, then the payloads of its teachers
     * @param bytes the stored bytes of each part
     * @throws CorruptRecordingException if they are not what manifest and descriptor say
     */
    void decode(int index, List<PartLocation> parts, List<ByteBuffer> bytes) {
      String viewId = parts.get(0).viewId();
      if (parts.get(0).isView()) {
        decodeView(index, viewId, bytes.get(0));
      }
      for (OutputDecoder teacher : teachers) {
        for (int i = 0; i < parts.size(); i++) {
          if (teacher.recording().equals(parts.get(i).recording())) {
            teacher.decode(
                viewId, parts.get(i).kind(), bytes.get(i), outputs.get(teacher.recording()), index);
          }
        }
      }
    }

    private void decodeView(int index, String viewId, ByteBuffer bytes) {
      Scratch own = scratch.get();
      View view = views.decode(own.holding(bytes), "view " + viewId);
      requireCanvas(viewId, view);
      Canvas pixels = canvas.of(Canvas.decode(view, own.canvas));
      if (!noise.isNone()) {
        pixels = noise.apply(pixels, SplitMix64.of(seed ^ viewId.hashCode(), epoch));
      }
      FloatBuffer target = images.sample(index);
      input.write(pixels, target);
      view.setPixels(NO_PIXELS);
      if (LabelPixels.has(view)) {
        view.setLabelMap(copy(view.getLabelMap()));
      }
      canvas.apply(view);
      StudentLabels.apply(labels, view);
      decoded[index] = view;
    }

    /** The record's bytes serve the next view too. */
    private static ByteBuffer copy(ByteBuffer bytes) {
      return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    }

    private void requireCanvas(String viewId, View view) {
      if (view.getWidth() != width || view.getHeight() != height) {
        throw new CorruptRecordingException(
            "view "
                + viewId
                + ": found a canvas of "
                + view.getWidth()
                + "x"
                + view.getHeight()
                + ", expected "
                + width
                + "x"
                + height);
      }
    }

    ReplayBatch finish() {
      return new ReplayBatch(
          Arrays.stream(decoded).filter(Objects::nonNull).toList(),
          images,
          outputs.values().stream().map(OutputSpace::finish).toList(),
          this::release);
    }

    void release() {
      pool.give(images.bytes());
      outputs.values().forEach(OutputSpace::release);
    }
  }
}
