package dev.lectern.teacher.recording;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of a worker, shared by all its threads.
 *
 * <pre>
 *   WORKING --drain--&gt; DRAINING --end--&gt; ENDED
 *      |                  |
 *      +-------fail-------+-----------&gt; FAILED
 * </pre>
 */
final class WorkerState {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerState.class);

  /** Where a worker is between its start and its end. */
  enum State {
    /** Takes views. */
    WORKING,
    /** Takes no new views and finishes those it holds. */
    DRAINING,
    /** Holds no view; what fails now, such as sending for a view that was released, is ignored. */
    ENDED,
    /** The world is broken: nothing more is begun or finished. */
    FAILED
  }

  private State state = State.WORKING;
  private Throwable failure;

  /** Asks for the end; does nothing to a worker that is ending already. */
  synchronized void drain() {
    if (state == State.WORKING) {
      change(State.DRAINING);
    }
  }

  /** All views are settled; does nothing to a worker that has failed. */
  synchronized void end() {
    if (state != State.FAILED) {
      change(State.ENDED);
    }
  }

  /** The first cause counts. */
  synchronized void fail(Throwable cause) {
    if (state == State.ENDED) {
      LOG.debug("failure after the end", cause);
    } else if (state != State.FAILED) {
      failure = cause;
      change(State.FAILED);
    }
  }

  private void change(State next) {
    state = next;
    notifyAll();
  }

  synchronized State state() {
    return state;
  }

  /** Whether no new views are to be taken. */
  boolean isDraining() {
    return state() != State.WORKING;
  }

  boolean hasFailed() {
    return state() == State.FAILED;
  }

  /** Null unless the worker has failed. */
  synchronized Throwable failure() {
    return failure;
  }

  /** Waits until no new views are to be taken; false if that has not come in time. */
  synchronized boolean awaitDraining(long milliseconds) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
    while (state == State.WORKING) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }
}
