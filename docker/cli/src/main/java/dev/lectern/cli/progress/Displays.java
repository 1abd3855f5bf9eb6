package dev.lectern.cli.progress;

import dev.lectern.schemas.progress.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.function.IntSupplier;

/** Chooses how progress is shown. */
public final class Displays {
  /** Set to {@code true} by the launcher when standard error is a terminal. */
  public static final String TERMINAL_PROPERTY = "lectern.terminal";

  private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);

  private Displays() {}

  /** Bars where standard error is a terminal, else a line every five seconds. */
  public static Progress.Factory standardError() {
    return Boolean.getBoolean(TERMINAL_PROPERTY) ? Terminal.BARS : lines(System.err);
  }

  static Progress.Factory bars(TerminalLine line, IntSupplier columns) {
    return (task, unit, total) -> new BarProgress(line, columns, task, unit, total);
  }

  static Progress.Factory lines(PrintStream out) {
    return (task, unit, total) ->
        new LineProgress(out, task, unit, total, BETWEEN_LINES, System::nanoTime);
  }

  /** The terminal at standard error; from the first bar on, logs go there past the bar. */
  private static final class Terminal {
    private static final Progress.Factory BARS = onStandardError();

    private static Progress.Factory onStandardError() {
      TerminalLine line = new TerminalLine(System.err);
      System.setErr(new PrintStream(line, true));
      TerminalSize size = TerminalSize.ofStandardError();
      return bars(line, () -> size.window().columns());
    }
  }
}
