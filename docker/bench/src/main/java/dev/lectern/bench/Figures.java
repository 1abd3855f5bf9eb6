package dev.lectern.bench;

import java.util.List;
import java.util.Locale;

/** Numbers of a report. */
final class Figures {
  private Figures() {}

  /** The middle one, of an even number the upper one; NaN of none. */
  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.isEmpty() ? Double.NaN : sorted.get(sorted.size() / 2);
  }

  static double rounded(double value) {
    return Double.isFinite(value)
        ? Double.parseDouble(String.format(Locale.ROOT, "%.3f", value))
        : 0;
  }
}
