package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * From filtered bytes to float32 numbers; the inverse of {@link ValueEncoder}. Both sides lie
 * outside the heap.
 *
 * <p>Each loop makes its own views of both sides: what never leaves a method is kept in registers
 * by the compiler, which makes the loops two to three times as fast.
 */
final class ValueDecoder {
  private ValueDecoder() {}

  /**
   * Decodes one tensor to {@code target}'s position, which does not move.
   *
   * @param parameters from position 0, little-endian
   * @param bytes filtered values from position 0, little-endian; bytes under a delta are changed
   * @param target takes the numbers; native byte order
   */
  static void decode(
      TensorContainer.Entry entry, ByteBuffer parameters, ByteBuffer bytes, FloatBuffer target) {
    int n = entry.size();
    Filter filter = entry.encoding().filter();
    switch (entry.encoding().values()) {
      case FLOAT32 -> {
        if (filter == Filter.SHUFFLE) {
          Shuffle.undo32(bytes, n, target);
        } else {
          FloatBuffer numbers = bytes.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
          target.duplicate().put(numbers.limit(n));
        }
      }
      case FLOAT16 -> {
        if (filter == Filter.SHUFFLE) {
          Shuffle.undo16(bytes, n, target);
        } else {
          float16(bytes, n, target);
        }
      }
      case FIXED24 -> {
        float step = FixedStep.read(parameters, entry.name());
        if (filter == Filter.SHUFFLE) {
          Shuffle.undo24(bytes, n, step, target);
        } else {
          fixed24(bytes, n, step, target);
        }
      }
      case INT8 -> {
        if (filter == Filter.VERTICAL_DELTA) {
          VerticalDelta.undo(bytes, n, AffineScale.row(entry.storedShape()));
        }
        int8(entry, parameters, bytes, target);
      }
    }
  }

  private static void float16(ByteBuffer bytes, int n, FloatBuffer target) {
    ShortBuffer from = bytes.slice().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    FloatBuffer to = target.slice();
    for (int i = 0; i < n; i++) {
      to.put(i, Half.decode(from.get(i)));
    }
  }

  private static void fixed24(ByteBuffer bytes, int n, float step, FloatBuffer target) {
    ByteBuffer from = bytes.slice();
    FloatBuffer to = target.slice();
    for (int i = 0, p = 0; i < n; i++, p += 3) {
      int bits = (from.get(p) & 0xFF) | (from.get(p + 1) & 0xFF) << 8 | from.get(p + 2) << 16;
      to.put(i, bits * step);
    }
  }

  private static void int8(
      TensorContainer.Entry entry, ByteBuffer parameters, ByteBuffer bytes, FloatBuffer target) {
    int channels = AffineScale.channels(entry.storedShape());
    float[] scales = AffineScale.read(entry, parameters);
    if (channels > 0) {
      AffineScale.dequantise(bytes, entry.size() / channels, scales, target);
    }
  }
}
