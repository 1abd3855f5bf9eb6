package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/**
 * The bytes of a chunk of float16 numbers, which an array of one type puts in and an array of
 * another type takes out. Loops over arrays are what compilers make vector instructions of; a chunk
 * stays in the processor's cache.
 */
final class ChunkBuffer {
  /** Numbers of a chunk. */
  static final int VALUES = 2048;

  /** Quads of a chunk. */
  static final int QUADS = VALUES / 4;

  /** Little-endian. */
  final ByteBuffer bytes =
      ByteBuffer.allocateDirect(VALUES * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** One number in each. */
  final ShortBuffer shorts = bytes.asShortBuffer();

  /** The low or the high bytes of four numbers in each. */
  final IntBuffer ints = bytes.asIntBuffer();

  /** Four numbers in each. */
  final LongBuffer quads = bytes.asLongBuffer();

  /** Number of quads that hold so many numbers; the last one may have room left. */
  static int quads(int values) {
    return (values + 3) / 4;
  }
}
