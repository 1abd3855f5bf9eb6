package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** The byte shuffle: byte b of value i of n lies at b * n + i. */
final class Shuffle {
  private static final long EVEN_BYTES = 0x00FF00FF00FF00FFL;
  private static final long EVEN_PAIRS = 0x0000FFFF0000FFFFL;

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
   * Reads {@code count} float32 numbers of {@code n}.
   *
   * @param bytes the shuffled bytes of all from position 0, outside the heap
   * @param target takes all numbers at its position, which does not move
   */
  static void undo32(ByteBuffer bytes, int n, int first, int count, FloatBuffer target) {
    ByteBuffer from = bytes.slice(first, 3 * n + count);
    FloatBuffer to = target.slice(target.position() + first, count);
    for (int i = 0; i < count; i++) {
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
  static void undo24(
      ByteBuffer bytes, int n, int first, int count, float step, FloatBuffer target) {
    ByteBuffer from = bytes.slice(first, 2 * n + count);
    FloatBuffer to = target.slice(target.position() + first, count);
    for (int i = 0; i < count; i++) {
      int bits = (from.get(i) & 0xFF) | (from.get(n + i) & 0xFF) << 8 | from.get(2 * n + i) << 16;
      to.put(i, bits * step);
    }
  }

  /** As {@link #undo32}, of float16 numbers. */
  static void undo16(ByteBuffer bytes, int n, int first, int count, FloatBuffer target) {
    ByteBuffer from = bytes.slice(first, n + count);
    FloatBuffer to = target.slice(target.position() + first, count);
    for (int i = 0; i < count; i++) {
      to.put(i, Half.lookUp((short) (from.get(i) & 0xFF | from.get(n + i) << 8)));
    }
  }

  /**
   * Takes float16 numbers apart.
   *
   * @param quads four numbers in each
   * @param count of the quads
   * @param low takes the low bytes, of four numbers in each
   * @param high takes the high bytes
   */
  static void split(long[] quads, int count, int[] low, int[] high) {
    for (int i = 0; i < count; i++) {
      low[i] = gathered(quads[i]);
    }
    for (int i = 0; i < count; i++) {
      high[i] = gathered(quads[i] >>> 8);
    }
  }

  /** Undoes {@link #split}. */
  static void merge(int[] low, int[] high, int count, long[] quads) {
    for (int i = 0; i < count; i++) {
      quads[i] = spread(low[i]) | spread(high[i]) << 8;
    }
  }

  /** Every second byte, from the first on. */
  private static int gathered(long bytes) {
    long pairs = bytes & EVEN_BYTES;
    pairs = (pairs | pairs >>> 8) & EVEN_PAIRS;
    return (int) (pairs | pairs >>> 16);
  }

  /** Puts a zero byte above each of the four. */
  private static long spread(int bytes) {
    long four = bytes & 0xFFFFFFFFL;
    long pairs = (four | four << 16) & EVEN_PAIRS;
    return (pairs | pairs << 8) & EVEN_BYTES;
  }
}
