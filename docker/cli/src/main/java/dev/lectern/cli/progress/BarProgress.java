package dev.lectern.cli.progress;

import dev.lectern.schemas.progress.Progress;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.DefaultProgressBarRenderer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;

/** A bar with rate and remaining time that is redrawn in place. */
final class BarProgress implements Progress {
  private static final int REDRAW_MS = 250;

  private final ProgressBar bar;
  private final AtomicLong skipped = new AtomicLong();

  /**
   * @param columns width of the terminal
   */
  BarProgress(TerminalLine line, IntSupplier columns, String task, String unit, long total) {
    bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(total)
            .setUpdateIntervalMillis(REDRAW_MS)
            .setRenderer(new Bar(unit, skipped::get))
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
  public void skip(long steps) {
    skipped.addAndGet(steps);
    advance(steps);
  }

  @Override
  public void note(String text) {
    bar.setExtraMessage(" " + text);
  }

  @Override
  public void close() {
    bar.close();
  }

  /** What the bar looks like. */
  private static final class Bar extends DefaultProgressBarRenderer {
    private final String unit;
    private final LongSupplier skipped;

    Bar(String unit, LongSupplier skipped) {
      super(
          ProgressBarStyle.ASCII,
          " " + unit,
          1,
          true,
          null,
          ChronoUnit.SECONDS,
          true,
          progress -> left(progress, skipped.getAsLong()));
      this.unit = unit;
      this.skipped = skipped;
    }

    private static Optional<Duration> left(ProgressState progress, long skipped) {
      long done = progress.getCurrent() - progress.getStart() - skipped;
      return progress.isIndefinite() || done <= 0
          ? Optional.empty()
          : Optional.of(
              progress
                  .getElapsedAfterStart()
                  .dividedBy(done)
                  .multipliedBy(progress.getMax() - progress.getCurrent()));
    }

    @Override
    protected String speed(ProgressState progress) {
      double seconds = progress.getElapsedAfterStart().toMillis() / 1e3;
      return Rate.of(
          progress.getCurrent() - progress.getStart() - skipped.getAsLong(), seconds, unit);
    }
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
