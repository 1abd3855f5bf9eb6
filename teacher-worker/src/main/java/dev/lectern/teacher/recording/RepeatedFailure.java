package dev.lectern.teacher.recording;

import dev.lectern.schemas.config.OneLine;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Ends a worker nearly all of whose views fail of one cause: a model, a descriptor or an encoding
 * that does not fit would otherwise give up the whole dataset. Thread-safe.
 */
final class RepeatedFailure {
  private static final int MAX_CAUSES = 1_000;
  private static final int MAX_CAUSE_CHARS = 300;
  private static final Pattern NUMBER = Pattern.compile("[-+]?\\d+(\\.\\d+)?([eE][-+]?\\d+)?");

  private final MaxFailures limit;
  private final long atLeast;
  private final String recording;
  private final WorkerState state;
  private final Map<String, Integer> byCause = new HashMap<>();
  private long settled;

  /**
   * @param views of the dataset; negative while it is being published. A small one is judged when
   *     all of it has failed.
   */
  RepeatedFailure(MaxFailures limit, long views, String recording, WorkerState state) {
    this.limit = limit;
    this.atLeast = views > 0 ? Math.min(limit.views(), views) : limit.views();
    this.recording = recording;
    this.state = state;
  }

  synchronized void recorded() {
    settled++;
  }

  /**
   * @param viewId null if it is not known
   * @param cause of the dead letter
   */
  synchronized void deadLettered(String viewId, String cause) {
    settled++;
    if (limit.percent() == 0) {
      return;
    }
    String kind = kind(viewId, cause);
    if (!byCause.containsKey(kind) && byCause.size() >= MAX_CAUSES) {
      return;
    }
    int failed = byCause.merge(kind, 1, Integer::sum);
    if (settled >= atLeast && failed * 100L >= settled * limit.percent()) {
      state.fail(
          new RepeatedFailureException(
              String.format(
                  Locale.ROOT,
                  "recording '%s': %d of the first %d views failed of one cause, the last %s: %s;"
                      + " mend model, descriptor or encoding and delete the recording, or raise"
                      + " --max-failures (%s)",
                  recording,
                  failed,
                  settled,
                  viewId == null ? "without id" : viewId,
                  OneLine.of(
                      cause.length() > MAX_CAUSE_CHARS
                          ? cause.substring(0, MAX_CAUSE_CHARS)
                          : cause),
                  limit)));
    }
  }

  /** Causes that differ in a view or in numbers are one. */
  private static String kind(String viewId, String cause) {
    String text = viewId == null ? cause : cause.replace(viewId, "");
    return NUMBER.matcher(text).replaceAll("0");
  }
}
