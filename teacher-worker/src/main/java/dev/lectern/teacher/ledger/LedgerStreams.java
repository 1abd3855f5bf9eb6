package dev.lectern.teacher.ledger;

import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.serde.WireForm;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running topology of one recording: started by the constructor, ended by {@link #close()}.
 *
 * <p>Exactly once: state, counts and index move together. A record that does not decode is logged
 * and passed over.
 */
final class LedgerStreams implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerStreams.class);
  private static final Duration CLOSE = Duration.ofSeconds(30);

  /** What Kafka's consumer says of a damaged batch. */
  private static final Pattern BATCH =
      Pattern.compile("Record batch for partition (\\S+) at offset (\\d+) is invalid, cause: (.*)");

  private final KafkaStreams streams;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /**
   * @param datasetEnds where the catalog of a sealed dataset ends, by {@code topic-partition}
   * @param passedOver counts records that do not decode
   */
  LedgerStreams(
      Map<String, Object> client,
      RecordingManifest manifest,
      Path stateDir,
      Supplier<Map<String, Long>> datasetEnds,
      AtomicLong passedOver) {
    Properties settings = new Properties();
    // A killed instance holds its partitions until its session ends; Kafka's 45 s are for groups
    // that rarely lose members.
    settings.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
    settings.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), 2_000);
    // The first batch of a transaction may be refused while the previous one ends; batches sent
    // after it would then be out of order, which the broker logs as errors before all are
    // repeated.
    settings.put(
        StreamsConfig.producerPrefix(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION), 1);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    // Tasks wait for a broker that is away; LedgerApp decides for how long.
    settings.put(StreamsConfig.TASK_TIMEOUT_MS_CONFIG, Long.MAX_VALUE);
    settings.putAll(client);
    // What limits the waiting of the other clients would end tasks of a topology that is waiting.
    settings.remove(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, Topics.ledgerGroup(manifest.getName()));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
    settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, SmallRocksDb.class);
    settings.put(
        StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, CountedRecords.class);
    settings.put(CountedRecords.COUNTER, passedOver);
    settings.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    streams =
        new KafkaStreams(
            LedgerTopology.build(manifest, WireForm.of(client), datasetEnds), settings);
    streams.setUncaughtExceptionHandler(
        e -> {
          if (BrokerWait.isAway(e) || isAbortable(e)) {
            LOG.debug("a thread of the topology is replaced", e);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
          }
          failure.compareAndSet(null, e);
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.start();
  }

  /**
   * Whether a transaction waited for longer than Kafka repeats its records, by the time of day, as
   * when the clock is set forward. It leaves nothing behind, and another thread reads again what it
   * had read. The producer has no class of its own for this, so its words decide.
   */
  static boolean isAbortable(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (String.valueOf(t.getMessage()).contains("safe to abort the transaction")) {
        return true;
      }
    }
    return false;
  }

  /**
   * The counts of the whole recording, if this instance keeps them and is not being rebalanced.
   *
   * @throws KafkaException if the topology died; with its cause
   */
  Optional<LedgerCounts> counts() {
    Throwable cause = failure.get();
    if (cause != null || streams.state() == KafkaStreams.State.ERROR) {
      throw new KafkaException(
          "the ledger's topology ended" + (cause == null ? "" : ": " + reason(cause)), cause);
    }
    if (streams.state() != KafkaStreams.State.RUNNING) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(
          streams
              .store(
                  StoreQueryParameters.fromNameAndType(
                      LedgerTopology.COUNTS_STORE,
                      QueryableStoreTypes.<String, LedgerCounts>keyValueStore()))
              .get(LedgerTopology.ALL));
    } catch (InvalidStateStoreException e) {
      // Another instance keeps them, or they are on their way from one to another.
      return Optional.empty();
    }
  }

  /** A batch that the broker's disk damaged is named by its place, in place of Kafka's words. */
  private static String reason(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      Matcher batch = BATCH.matcher(String.valueOf(t.getMessage()));
      if (batch.find()) {
        return batch.group(1)
            + "@"
            + batch.group(2)
            + ": damaged record batch ("
            + batch.group(3)
            + "); restore the broker's log from a replica or a backup, or record anew";
      }
    }
    return failure.getMessage();
  }

  /** Records that this instance has yet to read; of its own partitions. */
  double lag() {
    Map<String, Double> byPartition = new HashMap<>();
    streams
        .metrics()
        .forEach(
            (name, metric) -> {
              if (name.name().equals("records-lag")
                  && metric.metricValue() instanceof Double lag
                  && lag >= 0) {
                byPartition.put(name.tags().get("topic") + name.tags().get("partition"), lag);
              }
            });
    return byPartition.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  @Override
  public void close() {
    streams.close(
        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
            .withTimeout(CLOSE));
  }
}
