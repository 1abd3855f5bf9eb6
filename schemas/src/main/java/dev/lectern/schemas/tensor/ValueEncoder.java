package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * From float32 numbers to filtered bytes. Numbers pass through an array that stays in the
 * processor's cache, wherever the tensor lies.
 */
final class ValueEncoder {
  private static final int CHUNK = ChunkBuffer.VALUES;

  private final ChunkBuffer buffer = new ChunkBuffer();
  private final int[] low = new int[ChunkBuffer.QUADS];
  private final int[] high = new int[ChunkBuffer.QUADS];
  private final long[] quads = new long[ChunkBuffer.QUADS];
  private final short[] halves = new short[CHUNK];
  private float[] chunk = new float[CHUNK];
  private final int[] whole = new int[CHUNK];
  private byte[] steps = new byte[0];

  /**
   * Encodes one tensor.
   *
   * @param parameters takes the parameters, from its position, which moves past them
   * @param to takes the filtered values, from {@code at}
   * @throws UnstorableValueException if a value is NaN, infinite or too large for the encoding
   */
  void encode(Tensor tensor, TensorEncoding encoding, ByteBuffer parameters, byte[] to, int at) {
    switch (encoding.values()) {
      case FLOAT32 -> float32(tensor, encoding.filter(), to, at);
      case FLOAT16 -> float16(tensor, encoding.filter(), to, at);
      case INT8 -> int8(tensor, encoding.filter(), parameters, to, at);
      case FIXED24 -> fixed24(tensor, encoding.filter(), parameters, to, at);
    }
  }

  /**
   * The values that {@link #encode} encoded last, without their filter.
   *
   * @param filtered what it made of them, from position 0
   * @param to takes them, from {@code at}
   */
  void unfilter(
      Tensor tensor, TensorEncoding encoding, byte[] filtered, int length, byte[] to, int at) {
    switch (encoding.filter()) {
      case NONE -> System.arraycopy(filtered, 0, to, at, length);
      case VERTICAL_DELTA -> System.arraycopy(steps, 0, to, at, length);
      case SHUFFLE ->
          encode(tensor, encoding.plain(), ByteBuffer.allocate(FixedStep.BYTES), to, at);
    }
  }

  private void float32(Tensor tensor, Filter filter, byte[] to, int at) {
    FloatBuffer values = tensor.values().duplicate();
    int n = values.remaining();
    FloatBuffer plain =
        ByteBuffer.wrap(to, at, to.length - at)
            .slice()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    for (int done = 0; done < n; ) {
      int count = Math.min(CHUNK, n - done);
      values.get(chunk, 0, count);
      largestFinite(tensor, done, count);
      if (filter == Filter.SHUFFLE) {
        Shuffle.apply32(chunk, count, to, at + done, n);
      } else {
        plain.put(chunk, 0, count);
      }
      done += count;
    }
  }

  private void float16(Tensor tensor, Filter filter, byte[] to, int at) {
    FloatBuffer values = tensor.values().duplicate();
    int n = values.remaining();
    for (int done = 0; done < n; ) {
      int count = Math.min(CHUNK, n - done);
      values.get(chunk, 0, count);
      halve(tensor, done, count);
      if (filter == Filter.SHUFFLE) {
        putShuffled(count, to, at + done, n);
      } else {
        buffer.bytes.get(0, to, at + done * Short.BYTES, count * Short.BYTES);
      }
      done += count;
    }
  }

  /** Leaves the chunk as float16 numbers in {@link #buffer} and {@link #quads}. */
  private void halve(Tensor tensor, int first, int count) {
    int length = ChunkBuffer.quads(count);
    Half.encode(chunk, count, halves);
    Arrays.fill(halves, count, 4 * length, (short) 0);
    buffer.shorts.put(0, halves, 0, 4 * length);
    buffer.quads.get(0, quads, 0, length);
    if (!Half.areFinite(quads, length)) {
      throw unstorable(Half.OVERFLOW, tensor, first, count);
    }
  }

  private void putShuffled(int count, byte[] to, int at, int n) {
    int length = ChunkBuffer.quads(count);
    Shuffle.split(quads, length, low, high);
    buffer.ints.put(0, low, 0, length);
    buffer.bytes.get(0, to, at, count);
    buffer.ints.put(0, high, 0, length);
    buffer.bytes.get(0, to, at + n, count);
  }

  private void fixed24(Tensor tensor, Filter filter, ByteBuffer parameters, byte[] to, int at) {
    FloatBuffer values = tensor.values().duplicate();
    int n = values.remaining();
    float largest = 0;
    for (int done = 0; done < n; ) {
      int count = Math.min(CHUNK, n - done);
      values.get(chunk, 0, count);
      largest = Math.max(largest, largestFinite(tensor, done, count));
      done += count;
    }
    int exponent = FixedStep.exponent(largest);
    if (exponent > FixedStep.LARGEST_EXPONENT) {
      throw new UnstorableValueException(
          "tensor "
              + tensor.name()
              + ": found a magnitude of "
              + largest
              + ", too large for fixed24; use float32");
    }
    parameters.putInt(exponent);
    values.rewind();
    for (int done = 0; done < n; ) {
      int count = Math.min(CHUNK, n - done);
      values.get(chunk, 0, count);
      FixedStep.quantise(chunk, count, exponent, whole);
      if (filter == Filter.SHUFFLE) {
        Shuffle.apply24(whole, count, to, at + done, n);
      } else {
        for (int i = 0, p = at + done * 3; i < count; i++, p += 3) {
          to[p] = (byte) whole[i];
          to[p + 1] = (byte) (whole[i] >>> 8);
          to[p + 2] = (byte) (whole[i] >>> 16);
        }
      }
      done += count;
    }
  }

  private void int8(Tensor tensor, Filter filter, ByteBuffer parameters, byte[] to, int at) {
    FloatBuffer values = tensor.values().duplicate();
    int n = values.remaining();
    int channels = AffineScale.channels(tensor.shape());
    int size = channels == 0 ? 0 : n / channels;
    boolean delta = filter == Filter.VERTICAL_DELTA;
    if (delta && steps.length < n) {
      steps = new byte[n];
    }
    if (chunk.length < size) {
      chunk = new float[size];
    }
    byte[] plain = delta ? steps : to;
    int begin = delta ? 0 : at;
    for (int c = 0; c < channels; c++) {
      values.get(chunk, 0, size);
      quantise(tensor, c, size, parameters, plain, begin + c * size);
    }
    if (delta) {
      VerticalDelta.apply(steps, n, AffineScale.row(tensor.shape()), to, at);
    }
  }

  private void quantise(
      Tensor tensor, int channel, int size, ByteBuffer parameters, byte[] to, int at) {
    float min = size == 0 ? 0 : smallest(size);
    float max = size == 0 ? 0 : largest(size);
    if (!Float.isFinite(min) || !Float.isFinite(max)) {
      throw unstorable(Float.POSITIVE_INFINITY, tensor, channel * size, size);
    }
    float scale = AffineScale.scale(min, max);
    if (!Float.isFinite(scale)) {
      throw new UnstorableValueException(
          "tensor "
              + tensor.name()
              + " channel "
              + channel
              + ": found values from "
              + min
              + " to "
              + max
              + ", too far apart for int8; use float32");
    }
    parameters.putFloat(min).putFloat(scale);
    if (scale == 0) {
      Arrays.fill(to, at, at + size, (byte) 0);
    } else {
      AffineScale.quantise(chunk, size, min, max, to, at);
    }
  }

  /** Smallest number of the chunk; NaN if there is one; never -0. */
  private float smallest(int count) {
    float min = Float.POSITIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      min = Math.min(min, chunk[i] + 0f); // -0 becomes 0
    }
    return min;
  }

  /** Largest number of the chunk; NaN if there is one. */
  private float largest(int count) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, chunk[i] + 0f); // the sum makes vector instructions worth it to compilers
    }
    return max;
  }

  /** Largest magnitude among {@code values}; NaN if one of them is. */
  static float largestMagnitude(float[] values, int count) {
    float largest = 0;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    return largest;
  }

  private float largestFinite(Tensor tensor, int first, int count) {
    float largest = largestMagnitude(chunk, count);
    if (!Float.isFinite(largest)) {
      throw unstorable(Float.POSITIVE_INFINITY, tensor, first, count);
    }
    return largest;
  }

  /** About the first number of the chunk that is not below the limit. */
  private UnstorableValueException unstorable(float limit, Tensor tensor, int first, int count) {
    int i = 0;
    while (i < count - 1 && Math.abs(chunk[i]) < limit) {
      i++;
    }
    float value = chunk[i];
    if (!Float.isFinite(value)) {
      return notFinite(tensor, first + i, value);
    }
    return new UnstorableValueException(
        "tensor "
            + tensor.name()
            + " value "
            + (first + i)
            + ": found "
            + value
            + ", float16 ends at "
            + Half.MAX
            + "; use float32");
  }

  static UnstorableValueException notFinite(Tensor tensor, int index, float value) {
    return new UnstorableValueException(
        "tensor "
            + tensor.name()
            + " value "
            + index
            + ": found "
            + value
            + ", expected a finite number");
  }
}
