package dev.lectern.experiment;

import java.util.Locale;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * The mean of paired differences with Student's t interval: {@code mean +- t(n - 1) * s / sqrt(n)}.
 *
 * @param pairs how many, {@code n}
 * @param mean of the differences
 * @param low lower end of the interval; minus infinity for fewer than two pairs
 * @param high upper end; infinity for fewer than two pairs
 */
public record PairedDifference(int pairs, double mean, double low, double high) {
  /**
   * Of two rows of figures, one pair at each index.
   *
   * @param confidence of the two-sided interval, such as 0.95
   * @throws IllegalArgumentException if there are no pairs, or more of one row than of the other
   */
  public static PairedDifference of(double[] row, double[] baseline, double confidence) {
    int n = row.length;
    if (n == 0 || n != baseline.length) {
      throw new IllegalArgumentException(
          "found " + n + " and " + baseline.length + " figures, expected pairs");
    }
    double mean = 0;
    for (int i = 0; i < n; i++) {
      mean += (row[i] - baseline[i]) / n;
    }
    if (n == 1) {
      return new PairedDifference(n, mean, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double deviation = row[i] - baseline[i] - mean;
      squares += deviation * deviation;
    }
    double t = TDistribution.of(n - 1).inverseCumulativeProbability((1 + confidence) / 2);
    double half = t * Math.sqrt(squares / (n - 1) / n);
    return new PairedDifference(n, mean, mean - half, mean + half);
  }

  /** Such as {@code +0.0300 [+0.0100, +0.0500]}, or {@code +0.0300 (one seed)}. */
  @Override
  public String toString() {
    return hasInterval()
        ? String.format(Locale.ROOT, "%+.4f [%+.4f, %+.4f]", mean, low, high)
        : String.format(Locale.ROOT, "%+.4f (one seed)", mean);
  }

  /** Whether there are enough pairs for an interval. */
  public boolean hasInterval() {
    return pairs > 1;
  }
}
