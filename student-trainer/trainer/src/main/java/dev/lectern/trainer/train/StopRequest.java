package dev.lectern.trainer.train;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Whether a run is to end, and waiting that heeds it. Safe for threads. */
final class StopRequest {
  /** How long what is on its way is still waited for: a read may last as long as Kafka is away. */
  static final Duration GRACE = Duration.ofSeconds(2);

  private static final long LOOK_MILLIS = 100;

  private volatile boolean made;
  private volatile long madeAt;

  void make() {
    madeAt = System.nanoTime();
    made = true;
  }

  boolean isMade() {
    return made;
  }

  /**
   * Waits for a result.
   *
   * @throws StoppedWaitingException if it has not come {@link #GRACE} after the request
   */
  <T> T await(Future<T> coming) throws InterruptedException, ExecutionException {
    while (true) {
      try {
        return coming.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (made && System.nanoTime() - madeAt > GRACE.toNanos()) {
          throw new StoppedWaitingException(e);
        }
      }
    }
  }
}
