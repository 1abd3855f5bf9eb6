package dev.lectern.schemas.status;

import dev.lectern.schemas.config.OneLine;
import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.Phase;
import dev.lectern.schemas.serde.Status;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a status every few seconds from a daemon thread of its own. Nothing that goes wrong here
 * reaches the process.
 */
final class TopicPulse implements Pulse {
  private static final Logger LOG = LoggerFactory.getLogger(TopicPulse.class);
  private static final int MAX_CAUSE_CHARS = 500;
  private static final long CLOSE_SECONDS = 6;

  private final StatusLog log;
  private final Duration every;
  private final StatusSource source;
  private final String host = host();
  private final long startedAt = System.currentTimeMillis();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread;
  private volatile Phase phase = Phase.WORKING;
  private volatile String cause = "";

  TopicPulse(StatusLog log, Duration every, StatusSource source) {
    this.log = log;
    this.every = every;
    this.source = source;
    thread = new Thread(this::beat, "lectern-heartbeat");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void draining() {
    if (phase == Phase.WORKING) {
      phase = Phase.DRAINING;
    }
  }

  @Override
  public void failed(Throwable failure) {
    cause = OneLine.of(failure, MAX_CAUSE_CHARS);
    phase = Phase.FAILED;
  }

  private void beat() {
    try (log) {
      do {
        send();
      } while (!ended.await(every.toMillis(), TimeUnit.MILLISECONDS));
      send();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("heartbeats ended, the work goes on cause=\"{}\"", e.toString());
    }
  }

  private void send() throws InterruptedException {
    Status status =
        source.status(
            new Heartbeat(
                host, phase, cause, startedAt, System.currentTimeMillis(), every.toMillis()));
    if (status != null) {
      log.write(status);
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  @Override
  public void close() {
    if (phase != Phase.FAILED) {
      phase = Phase.ENDED;
    }
    ended.countDown();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread.interrupt();
  }
}
