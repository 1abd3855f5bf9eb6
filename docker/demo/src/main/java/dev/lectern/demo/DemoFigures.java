package dev.lectern.demo;

import dev.lectern.demo.figures.RecordingFigures;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The pipeline's figures in words, for the terminal and the report. */
public final class DemoFigures {
  private DemoFigures() {}

  /** Name and value, in the order of the pipeline. */
  public static Map<String, String> of(DemoResult result) {
    RecordingFigures recording = result.recording();
    Map<String, String> figures = new LinkedHashMap<>();
    figures.put("views recorded", String.format(Locale.ROOT, "%,d", recording.views()));
    recording
        .perWorker()
        .forEach(
            (worker, views) ->
                figures.put("of these by " + worker, String.format(Locale.ROOT, "%,d", views)));
    figures.put(
        "recording rate, both workers",
        String.format(Locale.ROOT, "%.0f views/s", recording.viewsPerSecond()));
    figures.put(
        "teacher outputs per view",
        String.format(Locale.ROOT, "%.1f kB", recording.bytesPerView() / 1000));
    recording
        .bytesPerKind()
        .forEach(
            (kind, bytes) ->
                figures.put(
                    "of these " + kind.toLowerCase(Locale.ROOT).replace('_', ' '),
                    String.format(
                        Locale.ROOT, "%.1f kB", bytes / 1000.0 / Math.max(1, recording.views()))));
    for (Run run : result.runs()) {
      String name = "student " + run.variant().label() + ", seed " + run.seed();
      figures.put(
          name,
          String.format(
              Locale.ROOT,
              "%,d steps, %.0f images/s, %.1f %% of the time waiting for data",
              run.history().steps().size(),
              run.history().imagesPerSecond(),
              100 * run.history().waitShare()));
    }
    figures.put("whole demo", String.format(Locale.ROOT, "%.0f s", result.seconds()));
    return figures;
  }
}
