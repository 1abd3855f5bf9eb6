package dev.lectern.teacher.model;

import dev.lectern.schemas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Room for what a teacher says about one batch: a direct buffer (N, C, H, W) per tensor, which the
 * teacher writes in place.
 *
 * <p>Made once and used for many batches. One writer or many readers at a time.
 */
public final class TeacherOutputs {
  private final List<TensorSpec> specs;
  private final List<FloatBuffer> buffers;

  public TeacherOutputs(List<TensorSpec> specs, int batchSize) {
    this.specs = List.copyOf(specs);
    this.buffers = specs.stream().map(s -> floats((long) batchSize * s.size())).toList();
  }

  /** A direct buffer of {@code size} float32 numbers in native byte order. */
  public static FloatBuffer floats(long size) {
    int bytes = Math.toIntExact(Math.multiplyExact(size, Float.BYTES));
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  public List<TensorSpec> specs() {
    return specs;
  }

  /** The whole batch of tensor {@code index} in the order of {@link #specs()}, from position 0. */
  public FloatBuffer batch(int index) {
    return buffers.get(index).duplicate();
  }

  /** Tensor {@code index} of the view in place {@code slot}: (C, H, W), a window on the batch. */
  public Tensor tensor(int index, int slot) {
    TensorSpec spec = specs.get(index);
    FloatBuffer window = buffers.get(index).slice(slot * spec.size(), spec.size());
    return new Tensor(
        spec.name(), new int[] {spec.channels(), spec.height(), spec.width()}, window);
  }
}
