package dev.lectern.cli.progress;

import dev.lectern.schemas.progress.Progress;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import java.util.function.IntSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar with rate and remaining time that is redrawn in place. */
final class BarProgress implements Progress {
  private static final int REDRAW_MS = 250;

  private final ProgressBar bar;

  /**
   * @param columns width of the terminal
   */
  BarProgress(TerminalLine line, IntSupplier columns, String task, String unit, long total) {
    DecimalFormat rate =
        new DecimalFormat("#,##0.0", DecimalFormatSymbols.getInstance(Locale.ROOT));
    bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(total)
            .setUnit(" " + unit, 1)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(REDRAW_MS)
            .showSpeed(rate)
            .setConsumer(new Drawing(line, columns))
            .build();
  }

  @Override
  public void total(long steps) {
    bar.maxHint(steps);
  }

  @Override
  public void advance(long steps) {
    bar.stepBy(steps);
  }

  @Override
  public void note(String text) {
    bar.setExtraMessage(" " + text);
  }

  @Override
  public void close() {
    bar.close();
  }

  /**
   * Where the bar is drawn. Not the library's own consumer: that opens the terminal to learn its
   * width, and Ctrl-C then kills the process at once.
   */
  private record Drawing(TerminalLine line, IntSupplier columns) implements ProgressBarConsumer {
    /** A full last column would wrap on some terminals. */
    @Override
    public int getMaxRenderedLength() {
      return columns.getAsInt() - 1;
    }

    @Override
    public void accept(String rendered) {
      line.show(rendered);
    }

    @Override
    public void close() {
      line.leave();
    }
  }
}
