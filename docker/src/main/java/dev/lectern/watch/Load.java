package dev.lectern.watch;

import java.util.List;

/**
 * How busy a recording, its workers and its runs are; all that advice is made from.
 *
 * @param recording its name
 * @param isOpen whether it can still grow
 * @param isDatasetOpen whether views are still being published
 * @param isCounted whether a ledger is at work
 * @param remaining views that are neither recorded nor given up
 * @param workers at work, and measured for long enough to tell
 * @param newWorkers at work, not measured yet
 * @param runs at work
 */
record Load(
    String recording,
    boolean isOpen,
    boolean isDatasetOpen,
    boolean isCounted,
    long remaining,
    List<Worker> workers,
    int newWorkers,
    List<Run> runs) {
  /** A teacher that waits for this share of its time does not set the pace. */
  static final double MOSTLY_WAITING = 0.5;

  /**
   * @param viewsPerSecond recorded
   * @param inferenceViewsPerSecond recorded if the teacher never stood still
   * @param waitViews share of time that the teacher has no views
   * @param waitEncode share of time that the teacher has no room for outputs
   */
  record Worker(
      double viewsPerSecond, double inferenceViewsPerSecond, double waitViews, double waitEncode) {
    /** What it would record if views were always there. */
    double ownViewsPerSecond() {
      double fed = viewsPerSecond / Math.max(0.05, 1 - waitViews);
      return inferenceViewsPerSecond > 0 ? Math.min(fed, inferenceViewsPerSecond) : fed;
    }
  }

  /**
   * @param imagesPerSecond of wall time
   * @param waitShare share of time that it waits for data
   * @param secondsLeft of training; null if unknown
   */
  record Run(String name, double imagesPerSecond, double waitShare, Double secondsLeft) {}

  double viewsPerSecond() {
    return workers.stream().mapToDouble(Worker::viewsPerSecond).sum();
  }

  double ownViewsPerSecond() {
    return workers.stream().mapToDouble(Worker::ownViewsPerSecond).sum();
  }

  double waitViews() {
    return workers.stream().mapToDouble(Worker::waitViews).average().orElse(0);
  }

  double waitEncode() {
    return workers.stream().mapToDouble(Worker::waitEncode).average().orElse(0);
  }

  /**
   * Until all views are recorded at the present rate; infinite if nothing moves, or workers wait
   * for views that are yet to be published.
   */
  double secondsLeft() {
    if (!isOpen || remaining == 0 && !isDatasetOpen) {
      return 0;
    }
    if (isDatasetOpen && waitViews() > MOSTLY_WAITING) {
      return Double.POSITIVE_INFINITY;
    }
    return viewsPerSecond() > 0 ? remaining / viewsPerSecond() : Double.POSITIVE_INFINITY;
  }
}
