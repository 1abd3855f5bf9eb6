package dev.lectern.schemas.random;

/**
 * The splitmix64 generator (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number
 * generators"): a counter in steps of the golden ratio, mixed. Its numbers are part of what a seed
 * means, so it is written out here.
 */
public final class SplitMix64 {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long state;

  public SplitMix64(long seed) {
    state = seed;
  }

  /** A generator for one of several uses of a seed, e.g. one epoch. */
  public static SplitMix64 of(long seed, long stream) {
    return new SplitMix64(mix(mix(seed + GOLDEN) ^ stream * GOLDEN));
  }

  /** 64 uniform bits. */
  public long nextLong() {
    return mix(state += GOLDEN);
  }

  /** Uniform in [0, bound). */
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound " + bound + ": expected at least 1");
    }
    while (true) {
      long bits = nextLong() >>> 1;
      long value = bits % bound;
      if (bits - value + (bound - 1) >= 0) {
        return (int) value;
      }
    }
  }

  /** Uniform in [0, 1), 53 bits. */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
