package dev.lectern.producer.augment;

import dev.lectern.schemas.random.SplitMix64;
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;

/**
 * The random numbers of one view: a function of seed, image id and view number and of nothing else,
 * the same on every machine and Java version.
 *
 * <p>State: the first 8 bytes, big-endian, of SHA-256 over the UTF-8 text {@code
 * seed|imageId|viewNumber}. Each draw is one step of {@link SplitMix64}; its upper 53 bits times
 * 2^-53 are a number in [0, 1).
 */
final class ViewRandom {
  private final SplitMix64 numbers;

  ViewRandom(long seed, String imageId, int viewNumber) {
    byte[] digest = Sha256.of(seed + "|" + imageId + "|" + viewNumber);
    numbers = new SplitMix64(ByteBuffer.wrap(digest).getLong());
  }

  private ViewRandom(long state) {
    numbers = new SplitMix64(state);
  }

  /** The next number in [0, 1). */
  double next() {
    return numbers.nextDouble();
  }

  /** The next number in a range. */
  double next(Range range) {
    return range.at(next());
  }

  /** 64 uniform bits. */
  long bits() {
    return numbers.nextLong();
  }

  /** One of the integers 0 to bound - 1. */
  int below(int bound) {
    return (int) (next() * bound);
  }

  /** Another generator, whose state is one draw of this one. */
  ViewRandom fork() {
    return new ViewRandom(numbers.nextLong());
  }

  /** The generator with the given state. */
  static ViewRandom ofState(long state) {
    return new ViewRandom(state);
  }
}
