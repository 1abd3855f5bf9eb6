package dev.lectern.schemas.tensor;

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

  /** Reads float32 numbers. */
  static void undo32(byte[] from, int at, int n, float[] values, int count) {
    for (int i = 0; i < count; i++) {
      values[i] =
          Float.intBitsToFloat(
              (from[at + i] & 0xFF)
                  | (from[at + n + i] & 0xFF) << 8
                  | (from[at + 2 * n + i] & 0xFF) << 16
                  | from[at + 3 * n + i] << 24);
    }
  }

  /** Reads float16 numbers. */
  static void undo16(byte[] from, int at, int n, float[] values, int count) {
    for (int i = 0; i < count; i++) {
      values[i] = Half.decode((short) (from[at + i] & 0xFF | from[at + n + i] << 8));
    }
  }
}
