package dev.lectern.trainer.replay;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Numbers of a batch in memory outside the heap, so that a native library can use them without
 * copying.
 *
 * @param shape dimensions, row-major
 * @param bytes direct, native byte order, 4 bytes a number, from position 0 to the limit
 */
public record FloatArray(long[] shape, ByteBuffer bytes) {
  public FloatArray {
    long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (!bytes.isDirect()
        || bytes.order() != ByteOrder.nativeOrder()
        || bytes.remaining() != size * Float.BYTES) {
      throw new IllegalArgumentException(
          "found "
              + bytes
              + ", expected a direct native buffer for shape "
              + Arrays.toString(shape));
    }
  }

  /**
   * An array with any content.
   *
   * @param size of the first dimension
   * @param room samples that its memory has room for, so that batches of all sizes share it
   * @param sample shape of one sample, such as (C, H, W)
   */
  static FloatArray pooled(int size, int room, int[] sample, BufferPool pool) {
    int bytes =
        Math.multiplyExact(Float.BYTES, Arrays.stream(sample).reduce(1, Math::multiplyExact));
    return new FloatArray(
        IntStream.concat(IntStream.of(size), Arrays.stream(sample)).asLongStream().toArray(),
        pool.take(Math.multiplyExact(room, bytes)).limit(size * bytes));
  }

  /** The numbers of one sample: the {@code index}-th of the first dimension. */
  FloatBuffer sample(int index) {
    int size = bytes.remaining() / Float.BYTES / (int) shape[0];
    return bytes.asFloatBuffer().slice(index * size, size);
  }
}
