package dev.lectern.schemas.tensor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * IEEE 754 binary16. The loops over arrays use Java's own conversion where it has one, which is
 * from 20 on; the compiler of Java 21 makes vector instructions of them.
 */
public final class Half {
  /** Largest finite binary16. */
  static final float MAX = 65504f;

  /** Magnitudes from here on round to infinity. */
  static final float OVERFLOW = 65520f;

  /** Whether the loops over arrays become vector instructions. */
  static final boolean VECTORISES = Runtime.version().feature() >= 21;

  /** Bits of the smallest float32 that overflows for sure. */
  private static final int BEYOND = 0x47800000;

  private static final long MAGNITUDES = 0x7FFF7FFF7FFF7FFFL;
  private static final long SIGNS = 0x8000800080008000L;

  /** Added to the magnitude of an infinity or a NaN, it reaches the sign. */
  private static final long TO_SIGN = 0x0400040004000400L;

  private static final MethodHandle ENCODE =
      conversion("floatToFloat16", "encode", MethodType.methodType(short.class, float.class));
  private static final MethodHandle DECODE =
      conversion("float16ToFloat", "decode", MethodType.methodType(float.class, short.class));

  private Half() {}

  private static MethodHandle conversion(String builtIn, String own, MethodType type) {
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    try {
      return lookup.findStatic(Float.class, builtIn, type);
    } catch (NoSuchMethodException e) {
      try {
        return lookup.findStatic(Half.class, own, type);
      } catch (ReflectiveOperationException impossible) {
        throw new LinkageError(own, impossible);
      }
    } catch (IllegalAccessException e) {
      throw new LinkageError(builtIn, e);
    }
  }

  /**
   * Rounds to the nearest binary16, ties to even.
   *
   * @return an infinity for a magnitude of {@link #OVERFLOW} or more and for NaN
   */
  static short encode(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = Math.min(bits & 0x7FFFFFFF, BEYOND);
    if (magnitude < 0x38800000) { // below 2^-14: subnormal or zero
      // Adding 0.5 puts the binary16 subnormal's bits at the low end of the significand, rounded by
      // the hardware.
      float shifted = Float.intBitsToFloat(magnitude) + 0.5f;
      return (short) (sign | (Float.floatToRawIntBits(shifted) - 0x3F000000));
    }
    int rounded = magnitude + 0xFFF + ((magnitude >>> 13) & 1);
    return (short) (sign | ((rounded - 0x38000000) >>> 13));
  }

  /** The number; Java's one NaN, with the sign, for all NaNs. */
  public static float decode(short half) {
    int exponent = (half >>> 10) & 0x1F;
    int fraction = half & 0x3FF;
    float magnitude =
        exponent == 0
            ? fraction * 0x1p-24f
            : exponent == 31
                ? (fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN)
                : Float.intBitsToFloat(((exponent + 112) << 23) | (fraction << 13));
    return (half & 0x8000) == 0 ? magnitude : -magnitude;
  }

  /** As {@link #encode(float)}, of the first {@code count}; a NaN need not become an infinity. */
  static void encode(float[] values, int count, short[] to) {
    try {
      for (int i = 0; i < count; i++) {
        to[i] = (short) ENCODE.invokeExact(values[i]);
      }
    } catch (Throwable e) {
      throw new LinkageError("float16", e);
    }
  }

  /** As {@link #decode(short)}, of the first {@code count}; a NaN may be another NaN. */
  static void decode(short[] halves, int count, float[] to) {
    try {
      for (int i = 0; i < count; i++) {
        to[i] = (float) DECODE.invokeExact(halves[i]);
      }
    } catch (Throwable e) {
      throw new LinkageError("float16", e);
    }
  }

  /** As {@link #decode(short)}, from a table of 256 KiB: the fastest where nothing vectorises. */
  static float lookUp(short half) {
    return Table.DECODED[half & 0xFFFF];
  }

  /**
   * Whether no number is infinite or NaN.
   *
   * @param quads four in each
   * @param count of the quads
   */
  static boolean areFinite(long[] quads, int count) {
    long found = 0;
    for (int i = 0; i < count; i++) {
      found |= (quads[i] & MAGNITUDES) + TO_SIGN;
    }
    return (found & SIGNS) == 0;
  }

  /** All numbers; made when it is first needed. */
  private static final class Table {
    static final float[] DECODED = new float[1 << 16];

    static {
      for (int bits = 0; bits < DECODED.length; bits++) {
        DECODED[bits] = decode((short) bits);
      }
    }
  }
}
