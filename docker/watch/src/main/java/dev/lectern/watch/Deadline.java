package dev.lectern.watch;

import dev.lectern.schemas.config.UserMistakeException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** A time that somebody wants things to be finished by, as people write it. */
public final class Deadline {
  private Deadline() {}

  /**
   * Reads {@code 18:30} (the next one), {@code 2026-11-22T18:30} (local), the same with an offset
   * or {@code Z}, or a time from now: {@code 90m}, {@code 2h}, {@code 1h30m}.
   *
   * @param now with the zone of local times
   * @throws UserMistakeException if it is none of these, or has passed
   */
  public static Instant parse(String text, ZonedDateTime now) {
    List<Function<String, Instant>> forms =
        List.of(
            t -> next(LocalTime.parse(t), now),
            t -> LocalDateTime.parse(t).atZone(now.getZone()).toInstant(),
            t -> OffsetDateTime.parse(t).toInstant(),
            t ->
                now.toInstant()
                    .plus(Duration.parse("PT" + t.replace(" ", "").toUpperCase(Locale.ROOT))));
    for (Function<String, Instant> form : forms) {
      try {
        Instant found = form.apply(text.strip());
        if (!found.isAfter(now.toInstant())) {
          throw new UserMistakeException("--finish-by " + text + ": that has passed");
        }
        return found;
      } catch (DateTimeException e) {
        // Not of this form; the next one may suit, else all are named below.
      }
    }
    throw new UserMistakeException(
        "--finish-by "
            + text
            + ": expected a time as 18:30, 2026-11-22T18:30, or 90m, 2h from now");
  }

  private static Instant next(LocalTime time, ZonedDateTime now) {
    ZonedDateTime today = now.with(time);
    return (today.isAfter(now) ? today : today.plusDays(1)).toInstant();
  }
}
