package dev.lectern.schemas.tensor;

/** The byte shuffle: byte b of value i moves to b * n + i. */
final class Shuffle {
  private Shuffle() {}

  static void apply(byte[] values, byte[] shuffled, int length, int width) {
    int n = length / width;
    for (int b = 0; b < width; b++) {
      int to = b * n;
      for (int i = 0, from = b; i < n; i++, from += width) {
        shuffled[to + i] = values[from];
      }
    }
  }

  static void undo(byte[] shuffled, byte[] values, int length, int width) {
    int n = length / width;
    for (int b = 0; b < width; b++) {
      int from = b * n;
      for (int i = 0, to = b; i < n; i++, to += width) {
        values[to] = shuffled[from + i];
      }
    }
  }
}
