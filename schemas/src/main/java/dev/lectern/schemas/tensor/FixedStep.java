package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;

/**
 * The fixed24 encoding of one tensor: whole numbers of steps of 2^exponent. The exponent is -16
 * unless a value needs a wider step.
 */
final class FixedStep {
  /** The exponent, a signed integer. */
  static final int BYTES = Integer.BYTES;

  static final int SMALLEST_EXPONENT = -16;

  /** The widest step with which every 24-bit number of steps is finite. */
  static final int LARGEST_EXPONENT = 104;

  private static final int LARGEST = (1 << 23) - 1;

  private FixedStep() {}

  /**
   * The exponent for a tensor.
   *
   * @param largest magnitude among its values, finite
   */
  static int exponent(float largest) {
    int exponent = SMALLEST_EXPONENT;
    while (Math.rint(Math.scalb((double) largest, -exponent)) > LARGEST) {
      exponent++;
    }
    return exponent;
  }

  /** Steps of {@code count} values, nearest, ties to even. */
  static void quantise(float[] values, int count, int exponent, int[] to) {
    double perUnit = Math.scalb(1.0, -exponent);
    for (int i = 0; i < count; i++) {
      to[i] = (int) Math.rint(values[i] * perUnit);
    }
  }

  /**
   * Reads the width of a step.
   *
   * @throws CorruptTensorException if no writer gives such an exponent
   */
  static float read(ByteBuffer parameters, String tensor) {
    int exponent = parameters.getInt();
    if (exponent < SMALLEST_EXPONENT || exponent > LARGEST_EXPONENT) {
      throw new CorruptTensorException(
          "tensor container: tensor "
              + tensor
              + ": found step exponent "
              + exponent
              + ", expected "
              + SMALLEST_EXPONENT
              + " to "
              + LARGEST_EXPONENT);
    }
    return Math.scalb(1f, exponent);
  }
}
