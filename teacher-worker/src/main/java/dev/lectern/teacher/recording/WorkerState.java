package dev.lectern.teacher.recording;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether a worker goes on: shared by all its threads. */
final class WorkerState {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerState.class);

  private final CountDownLatch draining = new CountDownLatch(1);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile boolean ended;

  /** No new views; begun ones are finished. */
  void drain() {
    draining.countDown();
  }

  boolean isDraining() {
    return draining.getCount() == 0;
  }

  /**
   * No view is held any more, those that took too long are others': what fails from now on, such as
   * sending for a view that was given back, changes nothing.
   */
  void end() {
    ended = true;
  }

  /** The world is broken: nothing more is begun or finished. The first cause counts. */
  void fail(Throwable cause) {
    if (ended) {
      LOG.debug("after the end", cause);
    } else if (failure.compareAndSet(null, cause)) {
      drain();
    }
  }

  boolean hasFailed() {
    return failure.get() != null;
  }

  /** Null while all is well. */
  Throwable failure() {
    return failure.get();
  }

  /** Waits for the end; false if it has not come in time. */
  boolean awaitDraining(long milliseconds) throws InterruptedException {
    return draining.await(milliseconds, TimeUnit.MILLISECONDS);
  }
}
