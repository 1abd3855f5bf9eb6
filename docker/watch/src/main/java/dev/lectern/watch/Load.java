package dev.lectern.watch;

import dev.lectern.schemas.status.TeacherWait;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

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
 * @param runs at work, and measured for long enough to tell
 * @param newRuns at work, not measured yet
 */
record Load(
    String recording,
    boolean isOpen,
    boolean isDatasetOpen,
    boolean isCounted,
    long remaining,
    List<Worker> workers,
    int newWorkers,
    List<Run> runs,
    int newRuns) {
  /** A teacher that waits for this share of its time does not set the pace. */
  static final double MOSTLY_WAITING = 0.5;

  /**
   * @param viewsPerSecond recorded
   * @param bytesPerSecond of payloads
   * @param inferenceViewsPerSecond recorded if the teacher never stood still
   * @param waits shares of time that the teacher stands still
   */
  record Worker(
      double viewsPerSecond,
      double bytesPerSecond,
      double inferenceViewsPerSecond,
      Map<TeacherWait, Double> waits) {
    double wait(TeacherWait what) {
      return waits.getOrDefault(what, 0.0);
    }

    /** What it would record if views were always there. */
    double ownViewsPerSecond() {
      double fed = viewsPerSecond / Math.max(0.05, 1 - wait(TeacherWait.VIEWS));
      return inferenceViewsPerSecond > 0 ? Math.min(fed, inferenceViewsPerSecond) : fed;
    }
  }

  /**
   * @param imagesPerSecond of wall time
   * @param waitShare share of time that it waits for data
   * @param replay what the threads do that it waits for
   * @param secondsLeft of training; null if unknown
   */
  record Run(
      String name, double imagesPerSecond, double waitShare, Replay replay, Double secondsLeft) {}

  /**
   * Shares of one thread's time.
   *
   * @param log reading Kafka
   * @param store reading the store; null if there is none
   * @param decode turning bytes into batches
   */
  record Replay(double log, Double store, double decode) {
    /** What replay can spend its time on. */
    enum Part {
      LOG,
      STORE,
      DECODE
    }

    boolean hasStore() {
      return store != null;
    }

    /** What it spends most of its time on; what has not ended yet is reading the log. */
    Part slowest() {
      double disk = store == null ? 0 : store;
      return log >= disk && log >= decode ? Part.LOG : disk > decode ? Part.STORE : Part.DECODE;
    }
  }

  double viewsPerSecond() {
    return workers.stream().mapToDouble(Worker::viewsPerSecond).sum();
  }

  double bytesPerSecond() {
    return workers.stream().mapToDouble(Worker::bytesPerSecond).sum();
  }

  double ownViewsPerSecond() {
    return workers.stream().mapToDouble(Worker::ownViewsPerSecond).sum();
  }

  /** Share of time that teachers stand still for something, the mean of all workers. */
  double wait(TeacherWait what) {
    return workers.stream().mapToDouble(worker -> worker.wait(what)).average().orElse(0);
  }

  /** Share of time that teachers stand still. */
  double waits() {
    return Math.min(1, Arrays.stream(TeacherWait.values()).mapToDouble(this::wait).sum());
  }

  /** What they stand still for most. */
  TeacherWait longestWait() {
    return Arrays.stream(TeacherWait.values())
        .max(Comparator.comparingDouble(this::wait))
        .orElseThrow();
  }

  /**
   * Until all views are recorded at the present rate; infinite if nothing moves, or workers wait
   * for views that are yet to be published.
   */
  double secondsLeft() {
    if (!isOpen || remaining == 0 && !isDatasetOpen) {
      return 0;
    }
    if (isDatasetOpen && wait(TeacherWait.VIEWS) > MOSTLY_WAITING) {
      return Double.POSITIVE_INFINITY;
    }
    return viewsPerSecond() > 0 ? remaining / viewsPerSecond() : Double.POSITIVE_INFINITY;
  }
}
