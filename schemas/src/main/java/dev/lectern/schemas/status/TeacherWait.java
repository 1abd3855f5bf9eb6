package dev.lectern.schemas.status;

import java.util.Locale;

/** What a worker's teacher waits for; a status reports the time as a stage of its own. */
public enum TeacherWait {
  /** Views: the queue has none, or the broker sends them too slowly. */
  VIEWS,
  /** Views that are fetched and not decoded yet. */
  DECODE,
  /** Outputs of earlier views that are not encoded yet. */
  ENCODE,
  /** Payloads of earlier views that the broker has not acknowledged. */
  PUBLISH;

  private static final String PREFIX = "wait-";

  /** The name of its stage in a status: {@code wait-views} and so on. */
  public String stage() {
    return PREFIX + name().toLowerCase(Locale.ROOT);
  }
}
