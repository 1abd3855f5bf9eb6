package dev.lectern.watch;

import dev.lectern.schemas.record.State;
import java.time.Instant;
import java.util.Locale;

/** States and times in the form that JSON shows. */
final class JsonText {
  private JsonText() {}

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
