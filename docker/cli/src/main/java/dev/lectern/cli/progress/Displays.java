package dev.lectern.cli.progress;

import dev.lectern.schemas.progress.Progress;
import java.io.PrintStream;
import java.time.Duration;

/** Chooses how progress is shown. */
public final class Displays {
  /** Set to {@code true} by the launcher when standard error is a terminal. */
  public static final String TERMINAL_PROPERTY = "lectern.terminal";

  private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);

  private Displays() {}

  /** Bars where standard error is a terminal, else a line every five seconds. */
  public static Progress.Factory standardError() {
    return Boolean.getBoolean(TERMINAL_PROPERTY) ? bars(System.err) : lines(System.err);
  }

  static Progress.Factory bars(PrintStream out) {
    return (task, unit, total) -> new BarProgress(out, task, unit, total);
  }

  static Progress.Factory lines(PrintStream out) {
    return (task, unit, total) ->
        new LineProgress(out, task, unit, total, BETWEEN_LINES, System::nanoTime);
  }
}
