package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Decodes chunk by chunk, through arrays, in loops that the compiler of Java 21 makes vector
 * instructions of: three to five times as fast as number by number. Older Java is faster number by
 * number, see {@link ValueDecoder}.
 */
final class ChunkDecoder {
  private static final int CHUNK = ChunkBuffer.VALUES;

  private final ChunkBuffer buffer = new ChunkBuffer();
  private final int[] low = new int[ChunkBuffer.QUADS];
  private final int[] high = new int[ChunkBuffer.QUADS];
  private final long[] quads = new long[ChunkBuffer.QUADS];
  private final short[] halves = new short[CHUNK];
  private final byte[] steps = new byte[CHUNK];
  private final float[] numbers = new float[CHUNK];

  /**
   * Decodes float16 numbers.
   *
   * @param bytes from position 0, little-endian
   * @param target takes the numbers at its position, which does not move
   */
  void float16(ByteBuffer bytes, int n, FloatBuffer target) {
    ByteBuffer from = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    ShortBuffer shorts = from.asShortBuffer();
    FloatBuffer to = target.slice();
    for (int done = 0; done < n; done += CHUNK) {
      int count = Math.min(CHUNK, n - done);
      shorts.get(done, halves, 0, count);
      Half.decode(halves, count, numbers);
      to.put(done, numbers, 0, count);
    }
  }

  /** As {@link #float16}, of shuffled bytes. */
  void shuffledFloat16(ByteBuffer bytes, int n, FloatBuffer target) {
    FloatBuffer to = target.slice();
    for (int done = 0; done < n; done += CHUNK) {
      int count = Math.min(CHUNK, n - done);
      unshuffle(bytes, done, count, n);
      buffer.shorts.get(0, halves, 0, count);
      Half.decode(halves, count, numbers);
      to.put(done, numbers, 0, count);
    }
  }

  /**
   * Undoes the shuffle of float16 numbers, which stay so, little-endian.
   *
   * @param target takes their bytes at its position, which does not move
   */
  void unshuffle16(ByteBuffer bytes, int n, ByteBuffer target) {
    ByteBuffer to = target.slice();
    for (int done = 0; done < n; done += CHUNK) {
      int count = Math.min(CHUNK, n - done);
      unshuffle(bytes, done, count, n);
      to.put(done * Short.BYTES, buffer.bytes, 0, count * Short.BYTES);
    }
  }

  /**
   * Decodes the steps of one channel after the other.
   *
   * @param bytes the steps from position 0
   * @param size steps of each channel
   * @param parameters minimum and scale of each channel, valid ones
   * @param target takes the numbers at its position, which does not move
   */
  void int8(ByteBuffer bytes, int size, float[] parameters, FloatBuffer target) {
    FloatBuffer to = target.slice();
    int at = 0;
    for (int c = 0; c < parameters.length; c += 2) {
      for (int done = 0; done < size; done += CHUNK) {
        int count = Math.min(CHUNK, size - done);
        bytes.get(at, steps, 0, count);
        AffineScale.dequantise(steps, count, parameters[c], parameters[c + 1], numbers);
        to.put(at, numbers, 0, count);
        at += count;
      }
    }
  }

  /** Leaves {@code count} numbers of {@code n} in {@link #buffer}. */
  private void unshuffle(ByteBuffer bytes, int first, int count, int n) {
    int length = ChunkBuffer.quads(count);
    buffer.bytes.put(0, bytes, first, count);
    buffer.ints.get(0, low, 0, length);
    buffer.bytes.put(0, bytes, n + first, count);
    buffer.ints.get(0, high, 0, length);
    Shuffle.merge(low, high, length, quads);
    buffer.quads.put(0, quads, 0, length);
  }
}
