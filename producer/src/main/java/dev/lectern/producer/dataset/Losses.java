package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.UserMistakeException;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many boxes or images of a part of a dataset are kept, and how many lost to what.
 *
 * <p>Not safe for use by several threads.
 */
final class Losses {
  /** A few that cannot be used are left out and counted, whatever their share. */
  static final long FEW = 4;

  private final Map<Problem, Long> causes = new EnumMap<>(Problem.class);
  private long lost;
  private long kept;
  private String first;

  Losses copy() {
    Losses copy = new Losses();
    copy.causes.putAll(causes);
    copy.lost = lost;
    copy.kept = kept;
    copy.first = first;
    return copy;
  }

  void keep() {
    kept++;
  }

  /**
   * One is lost.
   *
   * @param example where it is and what was found
   */
  void lose(Problem cause, String example) {
    causes.merge(cause, 1L, Long::sum);
    lost++;
    first = first == null ? example : first;
  }

  /** Whether half of so many are kept, whatever the others are. */
  boolean keepsHalf(long all) {
    return kept > 0 && 2 * kept >= all;
  }

  long lost() {
    return lost;
  }

  /**
   * @param what part of the dataset
   * @param things boxes or images
   * @param some whether at least one must be left
   * @param advice what to do about it
   * @throws UserMistakeException if more than half are lost, and more than {@link #FEW}; or all
   *     where some must be left
   */
  void requireMost(String what, String things, boolean some, String advice) {
    boolean nothingLeft = some && kept == 0 && lost > 0;
    if (!nothingLeft && (lost <= kept || lost <= FEW)) {
      return;
    }
    Map<String, Long> named = new TreeMap<>();
    causes.forEach((cause, count) -> named.put(cause.label(), count));
    throw new UserMistakeException(
        what
            + ": "
            + lost
            + " of "
            + (lost + kept)
            + " "
            + things
            + " cannot be used "
            + named
            + ", expected at most half; the first: "
            + first
            + "; "
            + advice);
  }
}
