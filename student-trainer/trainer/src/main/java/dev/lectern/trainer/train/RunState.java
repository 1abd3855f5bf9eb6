package dev.lectern.trainer.train;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The state of a run, shared by the threads that work for it.
 *
 * <pre>
 *   RUNNING --stop--&gt; STOPPING
 *      |                 |
 *      +----complete-----+----&gt; COMPLETE
 * </pre>
 */
final class RunState {
  /** How long a stopping run waits for data: a read may last as long as Kafka is away. */
  static final Duration GRACE = Duration.ofSeconds(2);

  private static final long POLL_MILLIS = 100;

  /** Where a run is. */
  enum State {
    /** Opens what it reads, or takes steps. */
    RUNNING,
    /** Ends after its present step; data that do not come within {@link #GRACE} are given up. */
    STOPPING,
    /** All epochs are done. */
    COMPLETE
  }

  private final List<Runnable> stopActions = new ArrayList<>();
  private State state = State.RUNNING;
  private long stoppedAt;

  /** Asks for the end; does nothing to a run that is ending already. */
  void stop() {
    List<Runnable> actions;
    synchronized (this) {
      if (state != State.RUNNING) {
        return;
      }
      state = State.STOPPING;
      stoppedAt = System.nanoTime();
      actions = List.copyOf(stopActions);
    }
    actions.forEach(Runnable::run);
  }

  /** All epochs are done, whether or not the run was asked to end. */
  synchronized void complete() {
    state = State.COMPLETE;
  }

  synchronized State state() {
    return state;
  }

  boolean isStopping() {
    return state() == State.STOPPING;
  }

  /** Has something done when the run is asked to end; at once if it has been. */
  void onStop(Runnable action) {
    synchronized (this) {
      stopActions.add(action);
      if (state != State.STOPPING) {
        return;
      }
    }
    action.run();
  }

  private synchronized boolean isOverdue() {
    return state == State.STOPPING && System.nanoTime() - stoppedAt > GRACE.toNanos();
  }

  /**
   * Waits for a result.
   *
   * @throws StoppedWaitingException if the run is stopping and the result does not come in time
   */
  <T> T await(Future<T> coming) throws InterruptedException, ExecutionException {
    while (true) {
      try {
        return coming.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (isOverdue()) {
          throw new StoppedWaitingException(e);
        }
      }
    }
  }
}
