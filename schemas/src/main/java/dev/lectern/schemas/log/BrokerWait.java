package dev.lectern.schemas.log;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a role that runs on waits for a broker that is away: it calls again until it succeeds, for as
 * long as the client property {@code default.api.timeout.ms} says, or else until it is stopped. It
 * logs one line a minute. Thread-safe.
 */
public final class BrokerWait {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerWait.class);

  /** How long one call may take: a role that is stopped ends its present one first. */
  private static final Duration CALL = Duration.ofSeconds(15);

  private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);
  private static final long PAUSE_MS = 500;

  /**
   * How Kafka's consumers give up on an answer whose code they do not expect. A share coordinator
   * that is not yet back says 15, and is there a moment later.
   */
  private static final Pattern UNEXPECTED_CODE =
      Pattern.compile("Unexpected error code (-?\\d+) while fetching ");

  private final Map<String, Object> client;
  private final Duration limit;
  private final LongSupplier nanoTime;
  private final AtomicLong sinceNanos = new AtomicLong();
  private final AtomicLong loggedNanos = new AtomicLong();
  private volatile boolean logged;
  private volatile boolean stopped;

  /** A call of a broker. */
  @FunctionalInterface
  public interface Call<T> {
    /**
     * @throws KafkaException if it fails
     */
    T call() throws InterruptedException;
  }

  private BrokerWait(Map<String, ?> client, LongSupplier nanoTime) {
    this.client = new HashMap<>(client);
    Object millis = client.get(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG);
    this.limit = millis == null ? null : Duration.ofMillis(Long.parseLong(millis.toString()));
    this.nanoTime = nanoTime;
  }

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  public static BrokerWait of(Map<String, ?> client) {
    return new BrokerWait(client, System::nanoTime);
  }

  static BrokerWait of(Map<String, ?> client, LongSupplier nanoTime) {
    return new BrokerWait(client, nanoTime);
  }

  /** Properties for clients whose calls are repeated here: each takes 15 s at most. */
  public Map<String, Object> client() {
    Map<String, Object> properties = new HashMap<>(client);
    long call = limit == null ? CALL.toMillis() : Math.min(CALL.toMillis(), limit.toMillis());
    properties.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) call);
    Object request = client.get(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG);
    if (request == null || Long.parseLong(request.toString()) > call) {
      properties.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, (int) call);
    }
    return properties;
  }

  /** How long it waits; null if until it is stopped. */
  public Duration limit() {
    return limit;
  }

  /**
   * Calls until it succeeds.
   *
   * @return the result; null if {@link #stop()} was called before there was one
   * @throws TimeoutException naming the broker, once the limit is up
   * @throws RuntimeException any failure that does not mean that a broker is away, at once
   */
  public <T> T retry(Call<T> call) throws InterruptedException {
    while (true) {
      try {
        T result = call.call();
        answered();
        return result;
      } catch (KafkaException | IllegalStateException e) {
        if (stopped && isAway(e)) {
          return null;
        }
        failed(e);
        Thread.sleep(PAUSE_MS);
      }
    }
  }

  /** Ends all waiting, now and later; may be called from any thread. */
  public void stop() {
    stopped = true;
  }

  /** Notes that a broker has answered. */
  public void answered() {
    long since = sinceNanos.get() == 0 ? 0 : sinceNanos.getAndSet(0);
    if (since != 0 && logged) {
      logged = false;
      LOG.info("broker at {} answers again, after {} s", servers(), seconds(since));
    }
  }

  /**
   * Notes a failure, and returns if it is to be tried again.
   *
   * @throws TimeoutException if a broker has been away for longer than the limit
   * @throws RuntimeException the failure itself, if it does not mean that a broker is away, or the
   *     waiting was stopped
   */
  public void failed(RuntimeException failure) {
    if (stopped || !isAway(failure)) {
      throw failure;
    }
    long now = nanoTime.getAsLong();
    sinceNanos.compareAndSet(0, now);
    long since = sinceNanos.get();
    if (limit != null && now - since >= limit.toNanos()) {
      throw new TimeoutException(
          "no Kafka broker at "
              + servers()
              + " has answered for "
              + Math.max(limit.toSeconds(), seconds(since))
              + " s",
          failure);
    }
    long last = loggedNanos.get();
    if ((last == 0 || now - last >= BETWEEN_LINES.toNanos())
        && loggedNanos.compareAndSet(last, now)) {
      logged = true;
      LOG.warn(
          "broker at {} does not answer; waiting{} awaySeconds={} reason={}",
          servers(),
          limit == null ? " until it does" : " for up to " + limit.toSeconds() + " s",
          seconds(since),
          failure.getMessage());
    }
  }

  private long seconds(long sinceNanos) {
    return Duration.ofNanos(nanoTime.getAsLong() - sinceNanos).toSeconds();
  }

  private Object servers() {
    return client.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG);
  }

  /**
   * Whether a failure, or a cause of it, means that a broker is away or not ready, so that the same
   * call may succeed later.
   */
  public static boolean isAway(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof CorruptRecordException
          || t instanceof UnknownTopicOrPartitionException
          || t instanceof UnknownTopicIdException) {
        return false;
      }
      if (t instanceof IllegalStateException) {
        Matcher code = UNEXPECTED_CODE.matcher(String.valueOf(t.getMessage()));
        if (code.lookingAt()) {
          return isAway(Errors.forCode(Short.parseShort(code.group(1))).exception());
        }
      }
      // A name that does not resolve: in a cluster of containers, names come and go with them.
      if (t instanceof RetriableException
          || t instanceof ConfigException
              && String.valueOf(t.getMessage()).contains("resolvable bootstrap")) {
        return true;
      }
    }
    return false;
  }
}
