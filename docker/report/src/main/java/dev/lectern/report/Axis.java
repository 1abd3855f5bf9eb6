package dev.lectern.report;

import java.util.ArrayList;
import java.util.List;

/**
 * One axis of a chart: values mapped linearly to pixels.
 *
 * @param low value at the start
 * @param high value at the end, greater than low
 * @param start pixel of low
 * @param end pixel of high
 */
record Axis(double low, double high, double start, double end) {
  private static final int TICKS = 5;

  double at(double value) {
    return start + (value - low) / (high - low) * (end - start);
  }

  /** Round values within the axis, at most about six. */
  List<Double> ticks() {
    double step = roundStep((high - low) / TICKS);
    List<Double> ticks = new ArrayList<>();
    long first = (long) Math.ceil(low / step - 1e-9);
    for (long i = first; i * step <= high + 1e-9 * step; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  private static double roundStep(double min) {
    double power = Math.pow(10, Math.floor(Math.log10(min)));
    for (int factor : new int[] {1, 2, 5}) {
      if (factor * power >= min * (1 - 1e-9)) {
        return factor * power;
      }
    }
    return 10 * power;
  }
}
