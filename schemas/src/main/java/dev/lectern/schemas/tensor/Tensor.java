package dev.lectern.schemas.tensor;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A named array of float32 numbers, row-major.
 *
 * @param name e.g. {@code cls.0}
 * @param shape dimensions, e.g. (C, H, W)
 * @param values as many as the shape says, from position 0; not copied
 */
public record Tensor(String name, int[] shape, FloatBuffer values) {
  public Tensor {
    if (shape.length < 1 || shape.length > TensorFormat.MAX_RANK) {
      throw new IllegalArgumentException(
          "tensor "
              + name
              + ": found rank "
              + shape.length
              + ", expected 1 to "
              + TensorFormat.MAX_RANK);
    }
    long size = size(shape);
    if (size != values.remaining()) {
      throw new IllegalArgumentException(
          "tensor "
              + name
              + ": found "
              + values.remaining()
              + " values, expected "
              + size
              + " for shape "
              + Arrays.toString(shape));
    }
    values = values.slice();
  }

  public static Tensor of(String name, float[] values, int... shape) {
    return new Tensor(name, shape, FloatBuffer.wrap(values));
  }

  /** The values in a new array. */
  public float[] toArray() {
    float[] array = new float[values.remaining()];
    values.duplicate().get(array);
    return array;
  }

  static long size(int[] shape) {
    long size = 1;
    for (int dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException("negative dimension in " + Arrays.toString(shape));
      }
      size = Math.multiplyExact(size, (long) dimension);
    }
    return size;
  }
}
