package dev.lectern.demo.draw;

import java.util.SplittableRandom;

/** Random numbers whose sequence depends on the seed only, not on the version of Java. */
final class RandomNumbers {
  private static final double UNIT = 0x1p-53;

  private final SplittableRandom bits;

  RandomNumbers(long seed) {
    bits = new SplittableRandom(seed);
  }

  /** Seed of the picture with this number within a set: neighbours have nothing in common. */
  static long seedOf(long seed, long number) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number).nextLong();
  }

  /** Uniform in [low, high). */
  double between(double low, double high) {
    return low + (high - low) * ((bits.nextLong() >>> 11) * UNIT);
  }

  /** Uniform over low, ..., high. */
  int whole(int low, int high) {
    return low + (int) StrictMath.floor(between(0, high - low + 1));
  }

  boolean chance(double probability) {
    return between(0, 1) < probability;
  }

  /** Mean 0, deviation 1: a sum of four uniform numbers, so never beyond 3.47. */
  double normal() {
    double sum = between(0, 1) + between(0, 1) + between(0, 1) + between(0, 1);
    return (sum - 2) * 1.7320508075688772;
  }
}
