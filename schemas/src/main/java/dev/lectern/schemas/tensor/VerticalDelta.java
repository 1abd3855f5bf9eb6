package dev.lectern.schemas.tensor;

/** The vertical delta: each byte minus the byte one row above, modulo 256. */
final class VerticalDelta {
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

  /** Undoes {@link #apply} in place. */
  static void undo(byte[] bytes, int at, int length, int row) {
    for (int i = at + row, end = at + length; i < end; i++) {
      bytes[i] += bytes[i - row];
    }
  }
}
