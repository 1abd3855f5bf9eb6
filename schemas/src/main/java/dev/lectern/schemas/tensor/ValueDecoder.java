package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * From filtered bytes to float32 numbers; the inverse of {@link ValueEncoder}. Both sides lie
 * outside the heap.
 *
 * <p>float16 and int8 are decoded {@linkplain ChunkDecoder in chunks} where Java makes vector
 * instructions of that, and number by number elsewhere. Each loop over numbers makes its own views
 * of both sides: what never leaves a method is kept in registers by the compiler, which makes the
 * loops two to three times as fast.
 */
final class ValueDecoder {
  /** Numbers of a piece, see {@link #inPieces}. */
  private static final int PIECE = 2048;

  private final ChunkDecoder chunks = new ChunkDecoder();
  private final boolean inChunks;

  /** What is faster with this Java. */
  ValueDecoder() {
    this(Half.VECTORISES);
  }

  ValueDecoder(boolean inChunks) {
    this.inChunks = inChunks;
  }

  /**
   * Decodes one tensor to {@code target}'s position, which does not move.
   *
   * @param parameters from position 0, little-endian
   * @param bytes filtered values from position 0, little-endian; bytes under a delta are changed
   * @param target takes the numbers; native byte order
   */
  void decode(
      TensorContainer.Entry entry, ByteBuffer parameters, ByteBuffer bytes, FloatBuffer target) {
    int n = entry.size();
    Filter filter = entry.encoding().filter();
    switch (entry.encoding().values()) {
      case FLOAT32 -> {
        if (filter == Filter.SHUFFLE) {
          inPieces(n, (first, count) -> Shuffle.undo32(bytes, n, first, count, target));
        } else {
          FloatBuffer numbers = bytes.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
          target.duplicate().put(numbers.limit(n));
        }
      }
      case FLOAT16 -> float16(bytes, n, filter, target);
      case FIXED24 -> {
        float step = FixedStep.read(parameters, entry.name());
        if (filter == Filter.SHUFFLE) {
          inPieces(n, (first, count) -> Shuffle.undo24(bytes, n, first, count, step, target));
        } else {
          inPieces(n, (first, count) -> fixed24(bytes, first, count, step, target));
        }
      }
      case INT8 -> {
        if (filter == Filter.VERTICAL_DELTA) {
          VerticalDelta.undo(bytes, n, AffineScale.row(entry.storedShape()));
        }
        int8(entry, parameters, bytes, target);
      }
    }
  }

  /** Decodes {@code n} float16 numbers, as {@link #decode} does. */
  void float16(ByteBuffer bytes, int n, Filter filter, FloatBuffer target) {
    if (filter == Filter.SHUFFLE) {
      if (inChunks) {
        chunks.shuffledFloat16(bytes, n, target);
      } else {
        inPieces(n, (first, count) -> Shuffle.undo16(bytes, n, first, count, target));
      }
    } else if (inChunks) {
      chunks.float16(bytes, n, target);
    } else {
      inPieces(n, (first, count) -> float16(bytes, first, count, target));
    }
  }

  /** A loop over {@code count} numbers of many. */
  private interface Loop {
    void over(int first, int count);
  }

  /**
   * Runs a loop that makes its own views piece by piece. Java 17's compiler inlines the calls that
   * make the views only once they have run often. With one call per large tensor it did not, the
   * views stayed objects whose fields were read again for every number, and float16 took nearly six
   * times as long.
   */
  private static void inPieces(int n, Loop loop) {
    for (int first = 0; first < n; first += PIECE) {
      loop.over(first, Math.min(PIECE, n - first));
    }
  }

  /** Two numbers with each read. */
  private static void float16(ByteBuffer bytes, int first, int n, FloatBuffer target) {
    ByteBuffer from =
        bytes.slice(Short.BYTES * first, Short.BYTES * n).order(ByteOrder.LITTLE_ENDIAN);
    IntBuffer pairs = from.asIntBuffer();
    FloatBuffer to = target.slice(target.position() + first, n);
    for (int i = 0, p = 0; i < n / 2; i++, p += 2) {
      int pair = pairs.get(i);
      to.put(p, Half.lookUp((short) pair));
      to.put(p + 1, Half.lookUp((short) (pair >>> 16)));
    }
    if (n % 2 != 0) {
      to.put(n - 1, Half.lookUp(from.getShort(2 * (n - 1))));
    }
  }

  private static void fixed24(ByteBuffer bytes, int first, int n, float step, FloatBuffer target) {
    ByteBuffer from = bytes.slice(3 * first, 3 * n);
    FloatBuffer to = target.slice(target.position() + first, n);
    for (int i = 0, p = 0; i < n; i++, p += 3) {
      int bits = (from.get(p) & 0xFF) | (from.get(p + 1) & 0xFF) << 8 | from.get(p + 2) << 16;
      to.put(i, bits * step);
    }
  }

  private void int8(
      TensorContainer.Entry entry, ByteBuffer parameters, ByteBuffer bytes, FloatBuffer target) {
    int channels = AffineScale.channels(entry.storedShape());
    float[] scales = AffineScale.read(entry, parameters);
    if (channels > 0) {
      int8(bytes, entry.size() / channels, scales, target);
    }
  }

  /**
   * Decodes the steps of one channel after the other.
   *
   * @param size steps of each channel
   * @param scales minimum and scale of each channel, valid ones
   */
  void int8(ByteBuffer bytes, int size, float[] scales, FloatBuffer target) {
    if (inChunks) {
      chunks.int8(bytes, size, scales, target);
    } else {
      AffineScale.dequantise(bytes, size, scales, target);
    }
  }

  /**
   * Undoes the shuffle of float16 numbers, which stay so, little-endian.
   *
   * @param target takes their bytes at its position, which does not move
   */
  void unshuffle16(ByteBuffer bytes, int n, ByteBuffer target) {
    chunks.unshuffle16(bytes, n, target);
  }
}
