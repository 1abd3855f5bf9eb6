package dev.lectern.schemas.status;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Rates of the recent past, from totals that only grow.
 *
 * <p>Not thread-safe.
 */
public final class RateWindow {
  private record Sample(long nanos, double[] totals) {}

  private final long lengthNanos;
  private final Deque<Sample> samples = new ArrayDeque<>();

  /**
   * @param length how far the past reaches
   */
  public RateWindow(Duration length) {
    this.lengthNanos = length.toNanos();
  }

  /**
   * Adds what the totals are now.
   *
   * @param nanos of {@link System#nanoTime()}, not before the last one
   * @param totals always as many, in the same order
   */
  public void add(long nanos, double... totals) {
    samples.addLast(new Sample(nanos, totals.clone()));
    while (samples.size() > 2 && nanos - samples.getFirst().nanos() > lengthNanos) {
      samples.removeFirst();
    }
  }

  /** From the oldest to the newest sample; 0 while there is but one. */
  public long millis() {
    return samples.size() < 2 ? 0 : nanos() / 1_000_000;
  }

  private long nanos() {
    return samples.getLast().nanos() - samples.getFirst().nanos();
  }

  /** How much a total grew within the window. */
  public double growth(int total) {
    return samples.size() < 2
        ? 0
        : samples.getLast().totals()[total] - samples.getFirst().totals()[total];
  }

  /** Growth of a total a second. */
  public double perSecond(int total) {
    return samples.size() < 2 || nanos() <= 0 ? 0 : growth(total) / (nanos() * 1e-9);
  }
}
