package dev.lectern.bench.loss;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What one loss adds to a student's step.
 *
 * @param loss as a run's YAML names it
 * @param addedMs forward and backward, milliseconds of the training thread's processor time
 * @param share of the student's own step
 * @param addedWallMs the same by the clock
 * @param addedBytes of memory at the step's peak; null where it was not measured
 * @param bytesPerImage that it reads of the recording
 */
record LossCost(
    String loss,
    double addedMs,
    double share,
    double addedWallMs,
    Long addedBytes,
    long bytesPerImage) {

  /** The same with what a memory measurement found. */
  LossCost withMemory(Long bytes) {
    return new LossCost(loss, addedMs, share, addedWallMs, bytes, bytesPerImage);
  }

  Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("loss", loss);
    figures.put("addedMs", rounded(addedMs));
    figures.put("share", rounded(share));
    figures.put("addedWallMs", rounded(addedWallMs));
    figures.put("addedBytes", addedBytes);
    figures.put("bytesPerImage", bytesPerImage);
    return figures;
  }

  /** A row of a markdown table. */
  String row() {
    return String.format(
        Locale.ROOT,
        "| `%s` | %.1f | %.0f %% | %s | %.0f |",
        loss,
        addedMs,
        100 * share,
        addedBytes == null ? "" : String.format(Locale.ROOT, "%.0f", addedBytes / 1e6),
        bytesPerImage / 1e3);
  }

  static double rounded(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.4g", value));
  }
}
