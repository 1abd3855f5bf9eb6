package dev.lectern.schemas.tensor;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * The int8 encoding of one channel: 256 steps of equal width from the smallest value to the
 * largest. Every operation is one float32 operation, rounded to nearest even.
 */
final class AffineScale {
  /** Minimum and scale of one channel, float32 each. */
  private static final int BYTES = 2 * Float.BYTES;

  /** The last of the steps, counted from 0. */
  private static final float LAST = 255f;

  /** Below this range a step would be subnormal: the channel counts as constant. */
  private static final float LEAST_RANGE = 0x1p-118f;

  /**
   * Between 2^23 and 2^24 neighbouring floats are 1 apart, so adding this and taking it off again
   * rounds a number of 0 to 255 to the nearest whole one, ties to even.
   */
  private static final float ROUNDING = 0x1.8p23f;

  /**
   * The steps as floats. Looking one up is several times faster than converting it: on x86 the
   * conversion waits for the one before it.
   */
  private static final float[] STEPS = new float[256];

  static {
    for (int step = 0; step < STEPS.length; step++) {
      STEPS[step] = step;
    }
  }

  private AffineScale() {}

  /** Bytes of the parameters of all channels. */
  static int parameterBytes(int[] shape) {
    return Math.multiplyExact(channels(shape), BYTES);
  }

  /** How many channels of equal size have a scale each: the first of several dimensions. */
  static int channels(int[] shape) {
    return shape.length > 1 ? shape[0] : 1;
  }

  /** Values of a row: the last dimension. */
  static int row(int[] shape) {
    return shape[shape.length - 1];
  }

  /**
   * Width of a step.
   *
   * @return 0 for a channel that counts as constant; not finite if 255 steps from the minimum do
   *     not reach a finite number
   */
  static float scale(float min, float max) {
    float range = max - min;
    if (range < LEAST_RANGE) {
      return 0;
    }
    float scale = range / LAST;
    return Float.isFinite(range) && reachesFinite(min, scale) ? scale : Float.POSITIVE_INFINITY;
  }

  /**
   * Minimum and scale of each channel of a stored tensor.
   *
   * @param parameters from position 0, little-endian
   * @throws CorruptTensorException if they give numbers that are not finite
   */
  static float[] read(TensorContainer.Entry entry, ByteBuffer parameters) {
    float[] scales = new float[2 * channels(entry.storedShape())];
    parameters.asFloatBuffer().get(scales);
    for (int i = 0; i < scales.length; i += 2) {
      if (!(scales[i + 1] >= 0 && reachesFinite(scales[i], scales[i + 1]))) {
        throw new CorruptTensorException(
            "tensor container: tensor "
                + entry.name()
                + " channel "
                + i / 2
                + ": found minimum "
                + scales[i]
                + " and scale "
                + scales[i + 1]);
      }
    }
    return scales;
  }

  private static boolean reachesFinite(float min, float scale) {
    return Float.isFinite(min) && Float.isFinite(min + LAST * scale);
  }

  /**
   * Steps of {@code count} values.
   *
   * @param values are overwritten
   * @param min smallest of the values
   * @param max largest of the values
   */
  static void quantise(float[] values, int count, float min, float max, byte[] to, int at) {
    float inverse = LAST / (max - min);
    for (int i = 0; i < count; i++) {
      values[i] = (values[i] - min) * inverse + ROUNDING - ROUNDING;
    }
    for (int i = 0; i < count; i++) {
      to[at + i] = (byte) (int) values[i];
    }
  }

  /**
   * Values of {@code count} steps of one channel, in loops that Java 21 makes vector instructions
   * of.
   *
   * @param steps are overwritten
   */
  static void dequantise(byte[] steps, int count, float min, float scale, float[] to) {
    // Only signed bytes are converted many at a time: 0 to 255 become -128 to 127, and floats
    // again.
    for (int i = 0; i < count; i++) {
      steps[i] = (byte) (steps[i] ^ 0x80);
    }
    for (int i = 0; i < count; i++) {
      to[i] = min + (steps[i] + 128f) * scale;
    }
  }

  /**
   * Values of the steps of one channel after the other.
   *
   * @param steps outside the heap
   * @param size steps of each channel
   * @param parameters minimum and scale of each channel, valid ones
   * @param target takes the values at its position; outside the heap
   */
  static void dequantise(ByteBuffer steps, int size, float[] parameters, FloatBuffer target) {
    ByteBuffer from = steps.slice();
    FloatBuffer to = target.slice();
    int begin = 0;
    for (int c = 0; c < parameters.length; c += 2) {
      float min = parameters[c];
      float scale = parameters[c + 1];
      int end = begin + size;
      for (int i = begin; i < end; i++) {
        to.put(i, min + STEPS[from.get(i) & 0xFF] * scale);
      }
      begin = end;
    }
  }
}
