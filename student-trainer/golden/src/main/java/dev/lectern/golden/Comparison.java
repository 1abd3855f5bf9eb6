package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Differences between numbers of ours and expected ones, a line each. */
final class Comparison {
  private Comparison() {}

  /** Compares every scalar and tensor that a case expects. */
  static void values(Path directory, JsonNode expected, CaseResult result, List<String> found)
      throws IOException {
    for (Map.Entry<String, JsonNode> scalar : expected.path("scalars").properties()) {
      NDArray actual = result.scalars().get(scalar.getKey());
      Double number = result.numbers().get(scalar.getKey());
      double wanted = scalar.getValue().get("value").asDouble();
      double tolerance = scalar.getValue().get("tol_abs").asDouble();
      float[] values =
          number != null
              ? new float[] {number.floatValue()}
              : actual == null ? new float[0] : actual.toFloatArray();
      of(scalar.getKey(), values, new double[] {wanted}, tolerance, found);
    }
    for (Map.Entry<String, JsonNode> tensor : expected.path("tensors").properties()) {
      String name = tensor.getKey();
      NpyFile wanted = NpyFile.read(directory.resolve(tensor.getValue().get("file").asText()));
      if (tensor.getValue().get("dtype").asText().equals("int64")) {
        long[] actual = result.longs().getOrDefault(name, new long[0]);
        int moved = tensor.getValue().path("may_differ_by_pixels").asInt();
        if (moved == 0 || moved(actual, wanted.longs()) > moved) {
          integers(name, actual, wanted.longs(), found);
        }
      } else {
        float[] actual = result.floats().getOrDefault(name, new float[0]);
        double tolerance = tensor.getValue().get("tol_abs").asDouble();
        of(name, actual, doubles(wanted.floats()), tolerance, found);
      }
    }
  }

  static void of(
      String name, float[] actual, double[] wanted, double tolerance, List<String> found) {
    if (actual.length != wanted.length) {
      found.add(name + " has " + actual.length + " elements, expected " + wanted.length);
      return;
    }
    double worst = 0;
    int at = 0;
    for (int i = 0; i < wanted.length; i++) {
      double error = Math.abs(actual[i] - wanted[i]);
      if (!(error <= worst)) {
        worst = error;
        at = i;
      }
    }
    if (!(worst <= tolerance)) {
      found.add(
          String.format(
              Locale.ROOT,
              "%s error %.3g, tolerance %.3g (element %d is %.8g, expected %.8g)",
              name,
              worst,
              tolerance,
              at,
              actual[at],
              wanted[at]));
    }
  }

  private static void integers(String name, long[] actual, long[] wanted, List<String> found) {
    if (actual.length != wanted.length) {
      found.add(name + " has " + actual.length + " elements, expected " + wanted.length);
      return;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (actual[i] != wanted[i]) {
        found.add(name + " differs: element " + i + " is " + actual[i] + ", expected " + wanted[i]);
        return;
      }
    }
  }

  /** Counts that lie in another place. */
  private static long moved(long[] actual, long[] wanted) {
    long differences = actual.length == wanted.length ? 0 : Long.MAX_VALUE;
    for (int i = 0; i < wanted.length && actual.length == wanted.length; i++) {
      differences += Math.abs(actual[i] - wanted[i]);
    }
    return (differences + 1) / 2;
  }

  static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
