package dev.lectern.teacher.recording;

import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.status.Liveness;
import dev.lectern.teacher.recording.Delivery.Settled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of the fleet's share group: it fetches up to a batch of views, hands them to the
 * stages, tells the broker what became of each as soon as that is known, and fetches again when all
 * are settled.
 *
 * <p>A share consumer cannot fetch while it holds unsettled records; a worker has several lanes so
 * that some fetch while others wait. While a view takes long, the lane renews the broker's lock on
 * it. Everything that touches the consumer runs on the lane's own thread.
 *
 * <p>When a broker is away for so long that the client gives up, the lane forgets what it held and
 * joins the group anew: the broker hands those views out again, and of two receipts readers keep
 * the first.
 */
final class Lane implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);
  private static final Duration POLL = Duration.ofMillis(200);

  /** Longer than a fetch takes that was in flight when the worker was stopped. */
  private static final Duration LAST_POLL = Duration.ofSeconds(1);

  private static final Duration RENEWAL = Duration.ofSeconds(5);
  private static final Duration CLOSE = Duration.ofSeconds(30);
  private static final long PAUSE_MS = 500;
  private static final int DEFAULT_LOCK_MS = 30_000;

  /** A view within its topic. */
  private record Place(int partition, long offset) {
    static Place of(ConsumerRecord<?, ?> record) {
      return new Place(record.partition(), record.offset());
    }
  }

  private final BrokerWait broker;
  private final Map<String, Object> client;
  private final String topic;
  private final WorkerState state;
  private final WorkerMetrics metrics;
  private final Stage<Delivery> next;
  private final long drainNanos;

  private BlockingQueue<Settled> settled = new LinkedBlockingQueue<>();
  private final Map<Place, Delivery> held = new HashMap<>();
  private final Set<Place> acknowledgeable = new HashSet<>();
  private final Map<Place, Verdict> decided = new HashMap<>();
  private final Liveness liveness;
  private long renewAt;
  private long lastBegun;

  /** Whether the last poll left a fetch in flight. */
  private boolean fetching;

  /**
   * @param batchSize max views held
   * @param next takes the views
   */
  Lane(
      BrokerWait broker,
      FleetGroup group,
      String topic,
      int batchSize,
      Duration drain,
      WorkerState state,
      WorkerMetrics metrics,
      Stage<Delivery> next) {
    this.broker = broker;
    this.client = broker.client();
    client.put(ConsumerConfig.GROUP_ID_CONFIG, group.id());
    client.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
    client.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
    client.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, batchSize);
    this.topic = topic;
    this.drainNanos = drain.toNanos();
    this.state = state;
    this.metrics = metrics;
    this.liveness = metrics.lane();
    this.next = next;
  }

  @Override
  public void run() {
    try {
      while (!member()) {
        forget();
        state.awaitDraining(PAUSE_MS);
      }
    } catch (RuntimeException | InterruptedException e) {
      state.fail(e);
    } finally {
      liveness.rest();
    }
  }

  /** Is a member of the group to the end; false if a broker was away and it is to join anew. */
  private boolean member() throws InterruptedException {
    KafkaShareConsumer<byte[], byte[]> consumer = null;
    Duration close = CLOSE;
    try {
      consumer =
          new KafkaShareConsumer<>(
              client, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      work(consumer);
      return true;
    } catch (KafkaException | IllegalStateException e) {
      close = Duration.ZERO;
      if (state.isDraining() && BrokerWait.isAway(e)) {
        LOG.warn("views not given back, no broker answers count={}", held.size());
        return true;
      }
      broker.failed(e);
      LOG.debug("lane joins the group anew views={}", held.size(), e);
      return false;
    } finally {
      close(consumer, close);
    }
  }

  private static void close(KafkaShareConsumer<byte[], byte[]> consumer, Duration timeout) {
    if (consumer != null) {
      try {
        consumer.close(timeout);
      } catch (KafkaException e) {
        LOG.debug("a lane's client did not close in order", e);
      }
    }
  }

  /** What is settled from now on is of another membership. */
  private void forget() {
    settled = new LinkedBlockingQueue<>();
    held.clear();
    acknowledgeable.clear();
    decided.clear();
    fetching = false;
    lastBegun = 0;
  }

  private void work(KafkaShareConsumer<byte[], byte[]> consumer) throws InterruptedException {
    consumer.setAcknowledgementCommitCallback(this::committed);
    consumer.subscribe(List.of(topic));
    while (!state.isDraining()) {
      step(consumer);
    }
    long deadline = System.nanoTime() + drainNanos;
    finish(consumer, deadline);
    if (fetching && !state.hasFailed()) {
      poll(consumer, LAST_POLL);
      finish(consumer, deadline);
    }
    if (!held.isEmpty()) {
      LOG.warn("views released unfinished count={}", held.size());
    }
    consumer.commitSync();
  }

  /** Goes on with what is held, until all is settled or time is up. */
  private void finish(KafkaShareConsumer<byte[], byte[]> consumer, long deadline)
      throws InterruptedException {
    while (!held.isEmpty() && !state.hasFailed() && System.nanoTime() < deadline) {
      step(consumer);
    }
  }

  private void step(KafkaShareConsumer<byte[], byte[]> consumer) throws InterruptedException {
    liveness.beat();
    boolean acknowledged = acknowledge(consumer);
    if (!acknowledgeable.isEmpty() && System.nanoTime() >= renewAt) {
      renew(consumer);
    }
    if (acknowledgeable.isEmpty()
        && System.nanoTime() - renewAt > lockNanos(consumer)
        && !held.isEmpty()) {
      // The broker did not confirm the renewal; by now it has given the views away.
      LOG.debug("locks ran out records={}", held.keySet());
      held.clear();
    }
    if (held.isEmpty() && state.isDraining()) {
      return;
    }
    if (acknowledgeable.isEmpty()) {
      poll(consumer, POLL);
    } else {
      if (acknowledged) {
        consumer.commitAsync();
      }
      await();
    }
  }

  /** Tells the consumer what is known; true if that was anything. */
  private boolean acknowledge(KafkaShareConsumer<byte[], byte[]> consumer) {
    for (Settled next = settled.poll(); next != null; next = settled.poll()) {
      decided.put(Place.of(next.delivery().record()), next.verdict());
    }
    boolean any = false;
    for (var each = decided.entrySet().iterator(); each.hasNext(); ) {
      Map.Entry<Place, Verdict> decision = each.next();
      Delivery delivery = held.get(decision.getKey());
      if (delivery == null) {
        each.remove();
      } else if (acknowledgeable.remove(decision.getKey())) {
        consumer.acknowledge(delivery.record(), decision.getValue().acknowledgement());
        LOG.debug("settled record={} as={}", delivery.coordinates(), decision.getValue());
        held.remove(decision.getKey());
        each.remove();
        any = true;
      }
    }
    return any;
  }

  /**
   * Asks for more time for all that is held; what comes back by the poll is ours for another lock
   * duration, the rest was given away.
   *
   * <p>The request is committed before the poll: a poll that has renewals to send fetches further
   * records into the client's buffer, where nobody renews them.
   */
  private void renew(KafkaShareConsumer<byte[], byte[]> consumer) throws InterruptedException {
    for (Place place : acknowledgeable) {
      consumer.acknowledge(held.get(place).record(), AcknowledgeType.RENEW);
    }
    LOG.debug("renewing records={}", acknowledgeable);
    metrics.renewed(acknowledgeable.size());
    acknowledgeable.clear();
    setRenewal(consumer);
    consumer.commitSync(RENEWAL);
    if (!held.isEmpty()) {
      poll(consumer, POLL);
    }
  }

  private void poll(KafkaShareConsumer<byte[], byte[]> consumer, Duration timeout)
      throws InterruptedException {
    boolean empty = held.isEmpty();
    List<Delivery> fresh = new ArrayList<>();
    ConsumerRecords<byte[], byte[]> records =
        empty ? fetch(consumer, timeout) : consumer.poll(timeout);
    fetching = records.isEmpty();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      Place place = Place.of(record);
      acknowledgeable.add(place);
      if (!held.containsKey(place)) {
        Delivery delivery = new Delivery(record, settled);
        held.put(place, delivery);
        fresh.add(delivery);
      }
    }
    if (empty) {
      setRenewal(consumer);
    }
    if (!fresh.isEmpty()) {
      begin(consumer, fresh);
    }
  }

  private ConsumerRecords<byte[], byte[]> fetch(
      KafkaShareConsumer<byte[], byte[]> consumer, Duration timeout) {
    metrics.inFlight().fetching.incrementAndGet();
    try {
      return consumer.poll(timeout);
    } finally {
      metrics.inFlight().fetching.decrementAndGet();
    }
  }

  /** Hands views to the stages, those that may have waited in the client's buffer after a check. */
  private void begin(KafkaShareConsumer<byte[], byte[]> consumer, List<Delivery> fresh)
      throws InterruptedException {
    long now = System.nanoTime();
    boolean waited = lastBegun != 0 && now - lastBegun > lockNanos(consumer) / 2;
    lastBegun = now;
    if (waited) {
      renew(consumer);
    }
    for (Delivery delivery : fresh) {
      if (held.containsKey(Place.of(delivery.record()))) {
        LOG.debug("begun record={} attempts={}", delivery.coordinates(), delivery.attempts());
        metrics.delivered(delivery.attempts());
        next.put(delivery);
      }
    }
  }

  private static long lockNanos(KafkaShareConsumer<byte[], byte[]> consumer) {
    return TimeUnit.MILLISECONDS.toNanos(
        consumer.acquisitionLockTimeoutMs().orElse(DEFAULT_LOCK_MS));
  }

  private void setRenewal(KafkaShareConsumer<byte[], byte[]> consumer) {
    renewAt = System.nanoTime() + lockNanos(consumer) / 3;
  }

  private void await() throws InterruptedException {
    long wait = Math.min(renewAt - System.nanoTime(), POLL.toNanos());
    Settled next = settled.poll(Math.max(0, wait), TimeUnit.NANOSECONDS);
    if (next != null) {
      settled.add(next);
    }
  }

  /**
   * A refused acknowledgement means that the broker has given the view to another worker: both
   * record it, and readers keep the first receipt.
   */
  private void committed(Map<TopicIdPartition, Set<Long>> offsets, Exception e) {
    if (e == null) {
      return;
    }
    int late = 0;
    for (Map.Entry<TopicIdPartition, Set<Long>> partition : offsets.entrySet()) {
      late += partition.getValue().size();
      for (long offset : partition.getValue()) {
        Place place = new Place(partition.getKey().partition(), offset);
        if (!acknowledgeable.contains(place)) {
          held.remove(place);
        }
      }
    }
    metrics.lateAcknowledgements(late);
    LOG.info("acknowledgement refused views={} reason={}", late, e.getMessage());
  }
}
