package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** The byte shuffle: byte b of value i of n lies at b * n + i. */
final class Shuffle {
  private Shuffle() {}

  /**
   * Stores float32 numbers.
   *
   * @param at of the first number's first byte
   * @param n numbers of the whole tensor
   */
  static void apply32(float[] values, int count, byte[] to, int at, int n) {
    for (int i = 0; i < count; i++) {
      int bits = Float.floatToRawIntBits(values[i]);
      to[at + i] = (byte) bits;
      to[at + n + i] = (byte) (bits >>> 8);
      to[at + 2 * n + i] = (byte) (bits >>> 16);
      to[at + 3 * n + i] = (byte) (bits >>> 24);
    }
  }

  /** Stores float16 numbers. */
  static void apply16(float[] values, int count, byte[] to, int at, int n) {
    for (int i = 0; i < count; i++) {
      int bits = Half.encode(values[i]);
      to[at + i] = (byte) bits;
      to[at + n + i] = (byte) (bits >>> 8);
    }
  }

  /** Stores whole numbers of 24 bits. */
  static void apply24(int[] values, int count, byte[] to, int at, int n) {
    for (int i = 0; i < count; i++) {
      int bits = values[i];
      to[at + i] = (byte) bits;
      to[at + n + i] = (byte) (bits >>> 8);
      to[at + 2 * n + i] = (byte) (bits >>> 16);
    }
  }

  /**
   * Reads {@code n} float32 numbers.
   *
   * @param bytes the shuffled bytes from position 0, outside the heap
   * @param target takes the numbers at its position, which does not move
   */
  static void undo32(ByteBuffer bytes, int n, FloatBuffer target) {
    ByteBuffer from = bytes.slice();
    FloatBuffer to = target.slice();
    for (int i = 0; i < n; i++) {
      to.put(
          i,
          Float.intBitsToFloat(
              (from.get(i) & 0xFF)
                  | (from.get(n + i) & 0xFF) << 8
                  | (from.get(2 * n + i) & 0xFF) << 16
                  | from.get(3 * n + i) << 24));
    }
  }

  /** As {@link #undo32}, of whole numbers of 24 bits, each times {@code step}. */
  static void undo24(ByteBuffer bytes, int n, float step, FloatBuffer target) {
    ByteBuffer from = bytes.slice();
    FloatBuffer to = target.slice();
    for (int i = 0; i < n; i++) {
      int bits = (from.get(i) & 0xFF) | (from.get(n + i) & 0xFF) << 8 | from.get(2 * n + i) << 16;
      to.put(i, bits * step);
    }
  }

  /** As {@link #undo32}, of float16 numbers. */
  static void undo16(ByteBuffer bytes, int n, FloatBuffer target) {
    ByteBuffer from = bytes.slice();
    FloatBuffer to = target.slice();
    for (int i = 0; i < n; i++) {
      to.put(i, Half.decode((short) (from.get(i) & 0xFF | from.get(n + i) << 8)));
    }
  }

  /**
   * As {@link #undo32}, of float16 numbers that stay so, little-endian. Four at a time: their low
   * bytes and their high bytes are spread over a long each.
   */
  static void undo16(ByteBuffer bytes, int n, ByteBuffer target) {
    ByteBuffer from = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer to = target.slice().order(ByteOrder.LITTLE_ENDIAN);
    int i = 0;
    for (; i <= n - Integer.BYTES; i += Integer.BYTES) {
      to.putLong(2 * i, spread(from.getInt(i)) | spread(from.getInt(n + i)) << 8);
    }
    for (; i < n; i++) {
      to.putShort(2 * i, (short) (from.get(i) & 0xFF | from.get(n + i) << 8));
    }
  }

  /** Puts a zero byte above each of the four. */
  private static long spread(int bytes) {
    long pairs = (bytes & 0xFFFFL) | (bytes & 0xFFFF0000L) << 16;
    return (pairs & 0x000000FF000000FFL) | (pairs & 0x0000FF000000FF00L) << 8;
  }
}
