package dev.lectern.cli.progress;

import dev.lectern.schemas.progress.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/** One plain line every few seconds, for logs and pipes. */
final class LineProgress implements Progress {
  private final PrintStream out;
  private final String task;
  private final String unit;
  private final long interval;
  private final LongSupplier clock;
  private final long start;
  private long lastLine;
  private long total;
  private long done;
  private long skipped;
  private String note = "";
  private boolean open = true;

  /**
   * @param clock nanoseconds since some fixed time
   */
  LineProgress(
      PrintStream out,
      String task,
      String unit,
      long total,
      Duration interval,
      LongSupplier clock) {
    this.out = out;
    this.task = task;
    this.unit = unit;
    this.total = total;
    this.interval = interval.toNanos();
    this.clock = clock;
    this.start = clock.getAsLong();
    this.lastLine = start;
  }

  @Override
  public synchronized void total(long steps) {
    total = steps;
  }

  @Override
  public synchronized void advance(long steps) {
    done += steps;
    long now = clock.getAsLong();
    if (open && now - lastLine >= interval) {
      lastLine = now;
      out.println(line(now));
    }
  }

  @Override
  public synchronized void skip(long steps) {
    skipped += steps;
    advance(steps);
  }

  @Override
  public synchronized void note(String text) {
    note = text;
  }

  @Override
  public synchronized void close() {
    if (open) {
      open = false;
      out.println(line(clock.getAsLong()));
    }
  }

  private String line(long now) {
    double seconds = (now - start) / 1e9;
    double rate = seconds > 0 ? (done - skipped) / seconds : 0;
    StringBuilder line = new StringBuilder(task).append(": ").append(done);
    if (total >= 0) {
      line.append('/').append(total);
    }
    line.append(' ').append(unit);
    if (total > 0) {
      line.append(String.format(Locale.ROOT, " (%d %%)", 100 * done / total));
    }
    line.append(", ").append(Rate.of(done - skipped, seconds, unit));
    if (open && total > done && rate > 0) {
      line.append(", ").append(clockTime((total - done) / rate)).append(" left");
    } else if (!open) {
      line.append(", took ").append(clockTime(seconds));
    }
    if (!note.isEmpty()) {
      line.append(", ").append(note);
    }
    return line.toString();
  }

  private static String clockTime(double seconds) {
    long s = Math.round(seconds);
    return s < 3600
        ? String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }
}
