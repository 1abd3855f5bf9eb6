package dev.lectern.schemas.tensor;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Ascending positions as bytes: for each the number of positions that were left out before it, as
 * an unsigned LEB128 number (seven bits a byte, least significant first, the high bit set on all
 * bytes but the last).
 */
final class PositionList {
  private static final int BITS = 7;
  private static final int MORE = 0x80;

  /** A gap is below 2^26, which needs four groups of seven bits. */
  private static final int MAX_SHIFT = 3 * BITS;

  private PositionList() {}

  /**
   * @param positions ascending
   * @param cells number of positions there are
   */
  static byte[] write(int[] positions, int cells) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(positions.length + 8);
    int next = 0;
    for (int position : positions) {
      if (position < next || position >= cells) {
        throw new IllegalArgumentException(
            "found position " + position + ", expected " + next + " to " + (cells - 1));
      }
      int gap = position - next;
      while (gap >= MORE) {
        bytes.write(gap | MORE);
        gap >>>= BITS;
      }
      bytes.write(gap);
      next = position + 1;
    }
    return bytes.toByteArray();
  }

  /**
   * @param bytes the list, from position 0 to the limit
   * @param count positions that it must hold
   * @param cells number of positions there are
   * @throws CorruptTensorException if these are not so many ascending positions below {@code cells}
   */
  static int[] read(ByteBuffer bytes, int count, int cells, String tensor) {
    int[] positions = new int[count];
    long next = 0;
    for (int i = 0; i < count; i++) {
      long gap = 0;
      int shift = 0;
      int part;
      do {
        if (!bytes.hasRemaining() || shift > MAX_SHIFT) {
          throw corrupt(tensor, "ends or overflows at position " + i + " of " + count);
        }
        part = bytes.get();
        gap |= (long) (part & ~MORE & 0xFF) << shift;
        shift += BITS;
      } while ((part & MORE) != 0);
      next += gap;
      if (next >= cells) {
        throw corrupt(tensor, "found position " + next + " of " + cells);
      }
      positions[i] = (int) next++;
    }
    if (bytes.hasRemaining()) {
      throw corrupt(tensor, "found " + bytes.remaining() + " bytes after the last position");
    }
    return positions;
  }

  private static CorruptTensorException corrupt(String tensor, String what) {
    return new CorruptTensorException(
        "tensor container: tensor " + tensor + ": position list: " + what);
  }
}
