package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;

/** The vertical delta: each byte minus the byte one row above, modulo 256. */
final class VerticalDelta {
  private static final long HIGH_BITS = 0x8080808080808080L;

  private VerticalDelta() {}

  /**
   * @param bytes from position 0
   * @param row bytes of a row
   */
  static void apply(byte[] bytes, int length, int row, byte[] to, int at) {
    int first = Math.min(row, length);
    System.arraycopy(bytes, 0, to, at, first);
    for (int i = first; i < length; i++) {
      to[at + i] = (byte) (bytes[i] - bytes[i - row]);
    }
  }

  /**
   * Undoes {@link #apply} in place.
   *
   * @param bytes from position 0, outside the heap
   */
  static void undo(ByteBuffer bytes, int length, int row) {
    int i = row;
    // Eight at a time: none of them depends on another when a row is at least as long.
    if (row >= Long.BYTES) {
      for (; i <= length - Long.BYTES; i += Long.BYTES) {
        bytes.putLong(i, sum(bytes.getLong(i), bytes.getLong(i - row)));
      }
    }
    for (; i < length; i++) {
      bytes.put(i, (byte) (bytes.get(i) + bytes.get(i - row)));
    }
  }

  /** Eight sums modulo 256: the high bits are added without their carry. */
  private static long sum(long a, long b) {
    return ((a & ~HIGH_BITS) + (b & ~HIGH_BITS)) ^ ((a ^ b) & HIGH_BITS);
  }
}
