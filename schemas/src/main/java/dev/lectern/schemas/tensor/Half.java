package dev.lectern.schemas.tensor;

/** IEEE 754 binary16, converted by bits; Java has its own conversion from 20 on. */
public final class Half {
  /** Largest finite binary16. */
  static final float MAX = 65504f;

  /** Magnitudes from here on round to infinity. */
  static final float OVERFLOW = 65520f;

  private static final float[] DECODED = decodeAll();

  private Half() {}

  /** Rounds to the nearest binary16, ties to even; the value must be finite and not overflow. */
  static short encode(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7FFFFFFF;
    if (magnitude < 0x38800000) { // below 2^-14: subnormal or zero
      // Adding 0.5 puts the binary16 subnormal's bits at the low end of the significand, rounded by
      // the hardware.
      float shifted = Float.intBitsToFloat(magnitude) + 0.5f;
      return (short) (sign | (Float.floatToRawIntBits(shifted) - 0x3F000000));
    }
    int rounded = magnitude + 0xFFF + ((magnitude >>> 13) & 1);
    return (short) (sign | ((rounded - 0x38000000) >>> 13));
  }

  /** The number that these bits stand for. */
  public static float decode(short half) {
    return DECODED[half & 0xFFFF];
  }

  private static float[] decodeAll() {
    float[] table = new float[1 << 16];
    for (int i = 0; i < table.length; i++) {
      int exponent = (i >>> 10) & 0x1F;
      int fraction = i & 0x3FF;
      float magnitude =
          exponent == 0
              ? fraction * 0x1p-24f
              : exponent == 31
                  ? (fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN)
                  : Float.intBitsToFloat(((exponent + 112) << 23) | (fraction << 13));
      table[i] = (i & 0x8000) == 0 ? magnitude : -magnitude;
    }
    return table;
  }
}
