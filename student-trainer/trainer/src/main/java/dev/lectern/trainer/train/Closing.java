package dev.lectern.trainer.train;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes what may be in a read that lasts as long as Kafka is away. */
final class Closing {
  /** Long enough for whatever is not stuck. */
  static final Duration SHORT = Duration.ofSeconds(4);

  private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

  private Closing() {}

  /**
   * Closes, by a thread of its own that goes on alone when the timeout is over. Nothing is lost
   * with it: what is kept of a replay is complete at any time.
   */
  static void within(Duration timeout, Runnable close) {
    Thread thread = new Thread(close, "lectern-closing");
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler(
        (which, failure) -> LOG.warn("data could not be closed: {}", failure.toString(), failure));
    thread.start();
    try {
      thread.join(timeout.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.info("reading is still stuck and is left behind");
    }
  }
}
