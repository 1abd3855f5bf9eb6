package dev.lectern.teacher.ledger;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When a recording is read for its seal: at once if its counts have changed, else more and more
 * rarely. Soon again at first, since the index may show a moment later what the counts say.
 */
final class Looks {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  private final LongSupplier nanoTime;
  private LedgerCounts seen;
  private long at;
  private Duration pause = FIRST_PAUSE;

  Looks(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.at = nanoTime.getAsLong();
  }

  /** Whether it is time to look at a recording that is complete by these counts. */
  boolean isDue(LedgerCounts now) {
    return !now.equals(seen) || isPast(pause);
  }

  /** Whether the last look is as long ago as it may be. */
  boolean isOverdue() {
    return isPast(LONGEST_PAUSE);
  }

  private boolean isPast(Duration wait) {
    return nanoTime.getAsLong() - at >= wait.toNanos();
  }

  /** Notes a look. */
  void looked(LedgerCounts now) {
    Duration twice = pause.multipliedBy(2);
    pause =
        !now.equals(seen)
            ? FIRST_PAUSE
            : twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    seen = now;
    at = nanoTime.getAsLong();
  }
}
