package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** From filtered bytes to float32 numbers; the inverse of {@link ValueEncoder}. */
final class ValueDecoder {
  private static final int CHUNK = 4096;

  private final float[] chunk = new float[CHUNK];

  /**
   * Decodes one tensor.
   *
   * @param parameters from its position, which moves past them
   * @param bytes filtered values from {@code at}; int8 values are changed
   * @param target takes the numbers
   */
  void decode(
      TensorContainer.Entry entry,
      ByteBuffer parameters,
      byte[] bytes,
      int at,
      FloatBuffer target) {
    switch (entry.encoding().values()) {
      case FLOAT32 -> float32(entry, bytes, at, target);
      case FLOAT16 -> float16(entry, bytes, at, target);
      case INT8 -> int8(entry, parameters, bytes, at, target);
    }
  }

  private void float32(TensorContainer.Entry entry, byte[] bytes, int at, FloatBuffer target) {
    int n = entry.size();
    if (entry.encoding().filter() == Filter.NONE) {
      target.put(
          ByteBuffer.wrap(bytes, at, entry.rawBytes())
              .slice()
              .order(ByteOrder.LITTLE_ENDIAN)
              .asFloatBuffer());
      return;
    }
    for (int done = 0; done < n; ) {
      int count = Math.min(CHUNK, n - done);
      Shuffle.undo32(bytes, at + done, n, chunk, count);
      target.put(chunk, 0, count);
      done += count;
    }
  }

  private void float16(TensorContainer.Entry entry, byte[] bytes, int at, FloatBuffer target) {
    int n = entry.size();
    for (int done = 0; done < n; ) {
      int count = Math.min(CHUNK, n - done);
      if (entry.encoding().filter() == Filter.SHUFFLE) {
        Shuffle.undo16(bytes, at + done, n, chunk, count);
      } else {
        for (int i = 0, p = at + done * Short.BYTES; i < count; i++, p += Short.BYTES) {
          chunk[i] = Half.decode((short) (bytes[p] & 0xFF | bytes[p + 1] << 8));
        }
      }
      target.put(chunk, 0, count);
      done += count;
    }
  }

  private void int8(
      TensorContainer.Entry entry,
      ByteBuffer parameters,
      byte[] bytes,
      int at,
      FloatBuffer target) {
    int n = entry.size();
    if (entry.encoding().filter() == Filter.VERTICAL_DELTA) {
      VerticalDelta.undo(bytes, at, n, AffineScale.row(entry.shape()));
    }
    int channels = AffineScale.channels(entry.shape());
    int size = channels == 0 ? 0 : n / channels;
    for (int c = 0; c < channels; c++) {
      float min = parameters.getFloat();
      float scale = parameters.getFloat();
      if (!AffineScale.isValid(min, scale)) {
        throw new CorruptTensorException(
            "tensor container: tensor "
                + entry.name()
                + " channel "
                + c
                + ": found minimum "
                + min
                + " and scale "
                + scale);
      }
      for (int done = 0; done < size; ) {
        int count = Math.min(CHUNK, size - done);
        AffineScale.dequantise(bytes, at + c * size + done, count, min, scale, chunk);
        target.put(chunk, 0, count);
        done += count;
      }
    }
  }
}
