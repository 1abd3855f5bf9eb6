package dev.lectern.cli.metrics;

import dev.lectern.schemas.status.Liveness;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the brokers every few seconds, on a thread of its own, whether one of them answers. */
public final class BrokerWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerWatch.class);
  private static final int EVERY_MS = 3_000;
  private static final int TIMEOUT_MS = 4_000;
  private static final Duration CLOSE = Duration.ofSeconds(1);

  private final Admin admin;
  private final Liveness answer = new Liveness();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  /**
   * Starts asking; until the first question the broker counts as answering.
   *
   * @param kafka client properties, at least {@code bootstrap.servers}
   */
  public BrokerWatch(Map<String, ?> kafka) {
    Map<String, Object> properties = new HashMap<>(kafka);
    properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MS / 2);
    properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
    admin = Admin.create(properties);
    thread = new Thread(this::watch, "lectern-broker-watch");
    thread.setDaemon(true);
    thread.start();
  }

  private void watch() {
    try {
      do {
        ask();
      } while (!closed.await(EVERY_MS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      // Closed; the thread ends.
      Thread.currentThread().interrupt();
    }
  }

  private void ask() throws InterruptedException {
    try {
      admin.describeCluster().nodes().get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
      answer.beat();
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("no broker answers", e);
    }
  }

  /** Since the last answer. */
  double silentSeconds() {
    return answer.silentSeconds();
  }

  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
    admin.close(CLOSE);
  }
}
