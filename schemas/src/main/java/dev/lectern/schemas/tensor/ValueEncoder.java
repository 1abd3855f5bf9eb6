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
  private static final int CHUNK = 4096;

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
      requireBelow(Float.POSITIVE_INFINITY, tensor, done, count);
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
      requireBelow(Half.OVERFLOW, tensor, done, count);
      if (filter == Filter.SHUFFLE) {
        Shuffle.apply16(chunk, count, to, at + done, n);
      } else {
        for (int i = 0, p = at + done * Short.BYTES; i < count; i++, p += Short.BYTES) {
          short half = Half.encode(chunk[i]);
          to[p] = (byte) half;
          to[p + 1] = (byte) (half >>> 8);
        }
      }
      done += count;
    }
  }

  private void fixed24(Tensor tensor, Filter filter, ByteBuffer parameters, byte[] to, int at) {
    FloatBuffer values = tensor.values().duplicate();
    int n = values.remaining();
    float largest = 0;
    for (int done = 0; done < n; ) {
      int count = Math.min(CHUNK, n - done);
      values.get(chunk, 0, count);
      requireBelow(Float.POSITIVE_INFINITY, tensor, done, count);
      for (int i = 0; i < count; i++) {
        largest = Math.max(largest, Math.abs(chunk[i]));
      }
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
    float min = size == 0 ? 0 : Float.POSITIVE_INFINITY;
    float max = size == 0 ? 0 : Float.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      float value = chunk[i];
      if (!(value >= min)) { // also NaN
        if (!Float.isFinite(value)) {
          throw notFinite(tensor, channel * size + i, value);
        }
        min = value;
      }
      if (value > max) {
        max = value;
      }
    }
    if (!Float.isFinite(max)) {
      requireBelow(Float.POSITIVE_INFINITY, tensor, channel * size, size);
    }
    min += 0f; // -0 becomes 0
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

  private void requireBelow(float limit, Tensor tensor, int first, int count) {
    for (int i = 0; i < count; i++) {
      float value = chunk[i];
      if (!(Math.abs(value) < limit)) { // also NaN
        if (!Float.isFinite(value)) {
          throw notFinite(tensor, first + i, value);
        }
        throw new UnstorableValueException(
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
    }
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
