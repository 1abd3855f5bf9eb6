package dev.lectern.watch;

import java.time.Instant;
import java.util.List;

/**
 * How many workers finish the open recordings by a given time.
 *
 * @param at ISO 8601, UTC
 * @param plans one for each recording with views that are neither recorded nor given up
 */
public record FinishBy(String at, List<Plan> plans) {

  /**
   * What one recording needs.
   *
   * @param remaining views
   * @param workers at work now
   * @param viewsPerSecondPerWorker of one worker like those at work; null if none has been measured
   * @param workersNeeded to finish in time; null if no rate is known
   * @param finishesAt at the present rate, ISO 8601, UTC; null if nothing moves
   * @param text a plain sentence
   */
  public record Plan(
      String recording,
      long remaining,
      int workers,
      Double viewsPerSecondPerWorker,
      Integer workersNeeded,
      String finishesAt,
      String text) {}

  static FinishBy of(Instant at, Instant now, List<Load> loads) {
    return new FinishBy(
        at.toString(),
        loads.stream()
            .filter(load -> load.isOpen() && load.remaining() > 0)
            .map(load -> plan(at, now, load))
            .toList());
  }

  private static Plan plan(Instant at, Instant now, Load load) {
    int present = load.workers().size() + load.newWorkers();
    if (load.workers().isEmpty() || load.ownViewsPerSecond() <= 0) {
      return new Plan(
          load.recording(),
          load.remaining(),
          present,
          null,
          null,
          null,
          load.recording()
              + ": no worker has been measured, so the number of workers cannot be estimated.");
    }
    double each = load.ownViewsPerSecond() / load.workers().size();
    double seconds = (at.toEpochMilli() - now.toEpochMilli()) / 1e3;
    int needed = (int) Math.min(1_000_000, Math.ceil(load.remaining() / (each * seconds)));
    double left = load.secondsLeft();
    boolean moves = Double.isFinite(left);
    String text =
        load.recording()
            + ": "
            + workers(needed)
            + (needed == 1 ? " finishes " : " finish ")
            + Figures.grouped(load.remaining())
            + " views in "
            + Figures.duration(seconds)
            + " ("
            + Figures.rate(each)
            + " views/s each); "
            + workers(present)
            + (present == 1 ? " is" : " are")
            + " at work"
            + (moves ? " and done in " + Figures.duration(left) : "")
            + "."
            + (needed > present ? remark(load) : "");
    return new Plan(
        load.recording(),
        load.remaining(),
        present,
        Figures.rounded(each),
        needed,
        moves ? now.plusMillis((long) (left * 1e3)).toString() : null,
        text);
  }

  private static String remark(Load load) {
    return Diagnosis.standstill(load)
        .map(
            wait ->
                switch (wait) {
                  case PUBLISH ->
                      " But the broker takes no more outputs: more workers alone will not do.";
                  case VIEWS -> " But they wait for views already: more workers alone will not do.";
                  case DECODE, ENCODE -> "";
                })
        .orElse("");
  }

  private static String workers(int count) {
    return count == 1 ? "1 worker" : count + " workers";
  }
}
