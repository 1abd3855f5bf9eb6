package dev.lectern.watch;

import dev.lectern.schemas.record.State;
import java.time.Instant;
import java.util.Locale;

/** States and times as JSON has them. */
final class Words {
  private Words() {}

  /** {@code open} or {@code sealed}. */
  static String of(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  /**
   * ISO 8601, UTC.
   *
   * @param ms milliseconds since the epoch
   */
  static String time(long ms) {
    return Instant.ofEpochMilli(ms).toString();
  }
}
