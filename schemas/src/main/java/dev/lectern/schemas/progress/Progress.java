package dev.lectern.schemas.progress;

/**
 * One long job as the user sees it: so many of so many steps, and a word on the side.
 *
 * <p>Safe for use by several threads. Drawing, rate and remaining time are the business of whoever
 * implements it.
 */
public interface Progress extends AutoCloseable {
  /** Says how many steps there will be, once that is known; negative while unknown. */
  void total(long steps);

  /** Reports that {@code steps} more are done. */
  void advance(long steps);

  /**
   * Reports that {@code steps} more need not be done, e.g. since an earlier run did them: they
   * count for no rate.
   */
  default void skip(long steps) {
    advance(steps);
  }

  /** Replaces the word on the side, e.g. {@code "3 problems"}. */
  void note(String text);

  /** Ends the display; the last state stays visible. */
  @Override
  void close();

  /** Starts displays: one per job. */
  @FunctionalInterface
  interface Factory {
    /**
     * @param task what is going on, e.g. {@code "publish mini"}
     * @param unit what a step is, e.g. {@code "views"}
     * @param total number of steps, negative while unknown
     */
    Progress start(String task, String unit, long total);
  }

  /** Shows nothing. */
  static Progress silent() {
    return Silent.INSTANCE;
  }

  /** Shows nothing, for every job. */
  static Factory silentFactory() {
    return (task, unit, total) -> Silent.INSTANCE;
  }
}
