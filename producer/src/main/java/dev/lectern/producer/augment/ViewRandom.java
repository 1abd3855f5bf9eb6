package dev.lectern.producer.augment;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The random numbers of one view: a function of seed, image id and view number and of nothing else,
 * the same on every machine and Java version.
 *
 * <p>State: the first 8 bytes, big-endian, of SHA-256 over the UTF-8 text {@code
 * seed|imageId|viewNumber}. Each draw is one step of SplitMix64 (Steele, Lea and Flood 2014, "Fast
 * splittable pseudorandom number generators", figure 16); its upper 53 bits times 2^-53 are a
 * number in [0, 1).
 */
final class ViewRandom {
  private long state;

  ViewRandom(long seed, String imageId, int viewNumber) {
    String text = seed + "|" + imageId + "|" + viewNumber;
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      state = ByteBuffer.wrap(digest).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The next number in [0, 1). */
  double next() {
    state += 0x9E3779B97F4A7C15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (z >>> 11) * 0x1.0p-53;
  }
}
