package dev.lectern.schemas.tensor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The vertical delta: each byte minus the byte one row above, modulo 256. */
final class VerticalDelta {
  private static final long HIGH_BITS = 0x8080808080808080L;

  /** Eight bytes of an array at once. */
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private VerticalDelta() {}

  /**
   * @param bytes from position 0
   * @param row bytes of a row
   */
  static void apply(byte[] bytes, int length, int row, byte[] to, int at) {
    int first = Math.min(row, length);
    System.arraycopy(bytes, 0, to, at, first);
    int i = first;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      long above = (long) EIGHT.get(bytes, i - row);
      EIGHT.set(to, at + i, difference((long) EIGHT.get(bytes, i), above));
    }
    for (; i < length; i++) {
      to[at + i] = (byte) (bytes[i] - bytes[i - row]);
    }
  }

  /**
   * Undoes {@link #apply} in place.
   *
   * @param bytes from position 0, outside the heap
   */
  static void undo(ByteBuffer bytes, int length, int row) {
    // As many at a time as divide a row: a load of what two stores wrote would have to wait.
    int width = Math.min(Long.BYTES, Integer.lowestOneBit(Math.max(row, 1)));
    ByteBuffer own = bytes.slice().order(ByteOrder.nativeOrder());
    int i = row;
    if (width == Long.BYTES) {
      for (; i <= length - Long.BYTES; i += Long.BYTES) {
        own.putLong(i, sum(own.getLong(i), own.getLong(i - row)));
      }
    } else if (width == Integer.BYTES) {
      for (; i <= length - Integer.BYTES; i += Integer.BYTES) {
        own.putInt(i, (int) sum(own.getInt(i), own.getInt(i - row)));
      }
    } else if (width == Short.BYTES) {
      for (; i <= length - Short.BYTES; i += Short.BYTES) {
        own.putShort(i, (short) sum(own.getShort(i), own.getShort(i - row)));
      }
    }
    for (; i < length; i++) {
      own.put(i, (byte) (own.get(i) + own.get(i - row)));
    }
  }

  /** Sums of bytes, each modulo 256: the high bits are added without their carry. */
  private static long sum(long a, long b) {
    return ((a & ~HIGH_BITS) + (b & ~HIGH_BITS)) ^ ((a ^ b) & HIGH_BITS);
  }

  /** Differences of bytes, each modulo 256: the high bits are there to be borrowed from. */
  private static long difference(long a, long b) {
    return ((a | HIGH_BITS) - (b & ~HIGH_BITS)) ^ ((a ^ ~b) & HIGH_BITS);
  }
}
