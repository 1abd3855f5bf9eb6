package dev.lectern.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** Numbers of a report. */
public final class Figures {
  private Figures() {}

  /** The median: of an even number of values the mean of the middle two; NaN of none. */
  public static double median(List<Double> values) {
    return median(values.stream().mapToDouble(Double::doubleValue));
  }

  /** The median, as above. */
  public static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    int upper = sorted.length / 2;
    if (sorted.length == 0) {
      return Double.NaN;
    }
    return sorted.length % 2 == 1 ? sorted[upper] : (sorted[upper - 1] + sorted[upper]) / 2;
  }

  static double rounded(double value) {
    return Double.isFinite(value)
        ? Double.parseDouble(String.format(Locale.ROOT, "%.3f", value))
        : 0;
  }
}
