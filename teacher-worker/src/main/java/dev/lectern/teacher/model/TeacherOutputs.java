package dev.lectern.teacher.model;

import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Buffers for the outputs of one batch: a direct buffer (N, C, H, W) per tensor, which the teacher
 * writes in place.
 *
 * <p>Made once and used for many batches. One writer or many readers at a time.
 */
public final class TeacherOutputs {
  private final List<RecordedTensor> specs;
  private final List<FloatBuffer> buffers;

  public TeacherOutputs(List<RecordedTensor> specs, int batchSize) {
    this.specs = List.copyOf(specs);
    this.buffers =
        specs.stream().map(s -> floats((long) batchSize * TensorLayout.size(s))).toList();
  }

  /** A direct buffer of {@code size} float32 numbers in native byte order. */
  public static FloatBuffer floats(long size) {
    int bytes = Math.toIntExact(Math.multiplyExact(size, Float.BYTES));
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** Shape of a tensor for a batch, (N, C, H, W). */
  static long[] batchShape(RecordedTensor tensor, int batchSize) {
    return LongStream.concat(
            LongStream.of(batchSize), tensor.getShape().stream().mapToLong(Integer::longValue))
        .toArray();
  }

  public List<RecordedTensor> specs() {
    return specs;
  }

  /** The whole batch of tensor {@code index} in the order of {@link #specs()}, from position 0. */
  public FloatBuffer batch(int index) {
    return buffers.get(index).duplicate();
  }

  /** The tensors of each kind of the view in place {@code slot}, windows on the batch. */
  public Map<TensorKind, List<Tensor>> view(int slot) {
    Map<TensorKind, List<Tensor>> tensors = new EnumMap<>(TensorKind.class);
    for (int i = 0; i < specs.size(); i++) {
      tensors
          .computeIfAbsent(specs.get(i).getKind(), kind -> new ArrayList<>())
          .add(tensor(i, slot));
    }
    return tensors;
  }

  /** Tensor {@code index} of the view in place {@code slot}: (C, H, W), a window on the batch. */
  public Tensor tensor(int index, int slot) {
    RecordedTensor spec = specs.get(index);
    int size = TensorLayout.size(spec);
    FloatBuffer window = buffers.get(index).slice(slot * size, size);
    int[] shape = spec.getShape().stream().mapToInt(Integer::intValue).toArray();
    return new Tensor(spec.getName(), shape, window);
  }
}
