package dev.lectern.trainer.replay;

import dev.lectern.schemas.tensor.Half;
import dev.lectern.schemas.tensor.Values;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Numbers of a batch as they are stored, in memory outside the heap: the device that computes with
 * them widens them to float32, so that fewer bytes travel there and no processor is kept busy.
 *
 * @param shape (N, C, H, W)
 * @param values {@link Values#INT8}, one byte a number, a step from 0 to 255; or {@link
 *     Values#FLOAT16}, two
 * @param bytes direct, native byte order, from position 0 to the limit
 * @param affine (2, N, C, 1, 1), with {@link Values#INT8} the minimum of each channel, then the
 *     scale: a number is minimum + step * scale, two float32 operations; C is 0 otherwise
 */
public record NarrowArray(long[] shape, Values values, ByteBuffer bytes, FloatArray affine) {
  public NarrowArray {
    long size = Arrays.stream(shape).reduce(values.width(), Math::multiplyExact);
    if (!values.isNarrow()
        || !bytes.isDirect()
        || bytes.order() != ByteOrder.nativeOrder()
        || bytes.remaining() != size) {
      throw new IllegalArgumentException(
          "found "
              + values
              + " in "
              + bytes
              + ", expected int8 or float16 in a direct native buffer for shape "
              + Arrays.toString(shape));
    }
  }

  /**
   * An array with any content.
   *
   * @param size of the first dimension
   * @param room samples that its memory has room for, so that batches of all sizes share it
   * @param sample shape of one sample, (C, H, W)
   */
  static NarrowArray pooled(int size, int room, int[] sample, Values values, BufferPool pool) {
    int bytes = Math.multiplyExact(values.width(), sample[0] * sample[1] * sample[2]);
    int channels = values == Values.INT8 ? sample[0] : 0;
    int affine = Math.multiplyExact(2 * Float.BYTES, channels);
    return new NarrowArray(
        new long[] {size, sample[0], sample[1], sample[2]},
        values,
        pool.take(Math.multiplyExact(room, bytes)).limit(size * bytes),
        new FloatArray(
            new long[] {2, size, channels, 1, 1},
            pool.take(Math.multiplyExact(room, affine)).limit(size * affine)));
  }

  /** Where the numbers of one sample go: the {@code index}-th of the first dimension. */
  ByteBuffer sample(int index) {
    int size = bytes.remaining() / (int) shape[0];
    return bytes.slice(index * size, size);
  }

  /**
   * Sets the minimum and scale of each channel of one sample.
   *
   * @param parameters (C, 2)
   */
  void setAffine(int index, float[] parameters) {
    int channels = parameters.length / 2;
    for (int half = 0; half < 2; half++) {
      int begin = (half * (int) shape[0] + index) * channels;
      for (int c = 0; c < channels; c++) {
        affine.bytes().putFloat((begin + c) * Float.BYTES, parameters[2 * c + half]);
      }
    }
  }

  /** One sample as float32, (C * H * W). */
  float[] widened(int index) {
    ByteBuffer stored = sample(index).order(bytes.order());
    int channels = (int) shape[1];
    int cells = (int) (shape[2] * shape[3]);
    float[] wide = new float[channels * cells];
    for (int i = 0; i < wide.length; i++) {
      if (values == Values.FLOAT16) {
        wide[i] = Half.decode(stored.getShort(2 * i));
      } else {
        int c = i / cells;
        float minimum = affine.bytes().getFloat((index * channels + c) * Float.BYTES);
        float scale =
            affine.bytes().getFloat((((int) shape[0] + index) * channels + c) * Float.BYTES);
        wide[i] = minimum + (stored.get(i) & 0xFF) * scale;
      }
    }
    return wide;
  }

  void release(BufferPool pool) {
    pool.give(bytes);
    pool.give(affine.bytes());
  }
}
