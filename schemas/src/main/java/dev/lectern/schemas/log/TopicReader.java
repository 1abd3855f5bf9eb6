package dev.lectern.schemas.log;

import dev.lectern.schemas.serde.WireForm;
import dev.lectern.schemas.topic.Topic;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteBufferDeserializer;

/**
 * Reads ranges of one topic, without a consumer group.
 *
 * <p>A range that was deleted fails; nothing is skipped silently. Only committed transactions are
 * seen. One thread at a time.
 */
public final class TopicReader<K, V> implements AutoCloseable {
  /**
   * Large fetches: for reading many records in log order. What is asked for is there, so that a
   * fetch beyond it need not wait for more; it would hold up the next partition's.
   */
  private static final Map<String, Object> SEQUENTIAL =
      Map.of(
          ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 5,
          ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 64 << 20,
          ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 16 << 20);

  /**
   * One record batch per fetch, whatever its size, and no waiting for more: for single records far
   * apart.
   */
  private static final Map<String, Object> RANDOM =
      Map.of(
          ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 1024,
          ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1024,
          ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 5,
          ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration STALLED = Duration.ofSeconds(60);

  private final Topic<K, V> topic;
  private final WireForm form;
  private final org.apache.kafka.clients.consumer.Consumer<byte[], ByteBuffer> consumer;
  private final Duration stalled;

  TopicReader(
      Topic<K, V> topic, org.apache.kafka.clients.consumer.Consumer<byte[], ByteBuffer> consumer) {
    this(topic, WireForm.of(Map.of()), consumer, STALLED);
  }

  private TopicReader(
      Topic<K, V> topic,
      WireForm form,
      org.apache.kafka.clients.consumer.Consumer<byte[], ByteBuffer> consumer,
      Duration stalled) {
    this.topic = topic;
    this.form = form;
    this.consumer = consumer;
    this.stalled = stalled;
  }

  /**
   * A reader for long ranges.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  public static <K, V> TopicReader<K, V> sequential(Map<String, ?> client, Topic<K, V> topic) {
    return new TopicReader<>(
        topic, WireForm.of(client), consumer(client, SEQUENTIAL), stalled(client));
  }

  /**
   * A reader for single records at known offsets.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  public static <K, V> TopicReader<K, V> randomAccess(Map<String, ?> client, Topic<K, V> topic) {
    return new TopicReader<>(topic, WireForm.of(client), consumer(client, RANDOM), stalled(client));
  }

  /** As long as the client waits for an answer, at most a minute. */
  private static Duration stalled(Map<String, ?> client) {
    Object millis = client.get(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG);
    Duration limit =
        millis == null ? STALLED : Duration.ofMillis(Long.parseLong(millis.toString()));
    return limit.compareTo(STALLED) < 0 ? limit : STALLED;
  }

  private static KafkaConsumer<byte[], ByteBuffer> consumer(
      Map<String, ?> client, Map<String, Object> fetch) {
    Map<String, Object> settings = new HashMap<>(client);
    settings.putAll(fetch);
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteBufferDeserializer());
  }

  /** First offset of each partition; empty if the topic does not exist. */
  public SortedMap<Integer, Long> beginningOffsets() {
    return byPartition(consumer.beginningOffsets(partitions()));
  }

  /**
   * Offset after the last record of each partition, at this moment; empty if the topic does not
   * exist.
   */
  public SortedMap<Integer, Long> endOffsets() {
    return byPartition(consumer.endOffsets(partitions()));
  }

  /**
   * Where topics end at this moment, as manifests state it.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @return {@code topic-partition} to the offset after the last record
   */
  public static SortedMap<String, Long> ends(
      Map<String, ?> client, Collection<? extends Topic<?, ?>> topics) {
    SortedMap<String, Long> ends = new TreeMap<>();
    for (Topic<?, ?> topic : topics) {
      try (TopicReader<?, ?> reader = sequential(client, topic)) {
        reader
            .endOffsets()
            .forEach((partition, end) -> ends.put(topic.name() + "-" + partition, end));
      }
    }
    return ends;
  }

  /** Also assigned, since the client complains of offsets of partitions that are not. */
  private List<TopicPartition> partitions() {
    List<PartitionInfo> found = consumer.partitionsFor(topic.name());
    List<TopicPartition> partitions =
        found == null
            ? List.of()
            : found.stream().map(p -> new TopicPartition(p.topic(), p.partition())).toList();
    consumer.assign(partitions);
    return partitions;
  }

  /** {@code topic-partition@offset}. */
  String coordinates(int partition, long offset) {
    return topic.name() + "-" + partition + "@" + offset;
  }

  private static SortedMap<Integer, Long> byPartition(Map<TopicPartition, Long> offsets) {
    SortedMap<Integer, Long> result = new TreeMap<>();
    offsets.forEach((p, offset) -> result.put(p.partition(), offset));
    return result;
  }

  /**
   * Hands over every record of [from, to) of a partition, in order.
   *
   * <p>Offsets without a record (transaction markers, compacted records) are passed over.
   *
   * @throws LostRecordsException if {@code from} is before the partition's first record or after
   *     its last
   * @throws TimeoutException if the broker sends nothing for 60 s, or for as long as {@code
   *     default.api.timeout.ms} says if that is less
   */
  public void read(int partition, long from, long to, Consumer<LogRecord<K, V>> handler) {
    read(Map.of(partition, new Range(from, to)), handler);
  }

  /** Takes what the broker has, but not as it was written. */
  public interface Damaged {
    /**
     * @param offset cannot be read; the next one is tried
     * @param why one line
     */
    void at(long offset, String why);
  }

  /**
   * As {@link #read(int, long, long, Consumer)}, and goes on after batches that are damaged: those
   * with a wrong checksum, size or structure.
   */
  public void read(
      int partition, long from, long to, Consumer<LogRecord<K, V>> handler, Damaged damaged) {
    TopicPartition tp = new TopicPartition(topic.name(), partition);
    long next = from;
    while (next < to) {
      try {
        read(partition, next, to, handler);
        return;
      } catch (KafkaException e) {
        if (!isDamage(e)) {
          throw e;
        }
        next = consumer.position(tp);
        if (next < to) {
          Throwable cause = e.getCause() == null ? e : e.getCause();
          damaged.at(next, "damaged record batch: " + cause.getMessage());
        }
        next++;
      }
    }
  }

  /** The consumer wraps what is wrong with a batch into the plain exception. */
  private static boolean isDamage(KafkaException e) {
    return e.getClass() == KafkaException.class || e instanceof CorruptRecordException;
  }

  /**
   * Offsets of a partition.
   *
   * @param from the first
   * @param to after the last
   */
  public record Range(long from, long to) {}

  /**
   * Hands over every record of a range of each partition, in the order of each partition; as {@link
   * #read(int, long, long, Consumer)}, but without starting anew for each.
   */
  public void read(Map<Integer, Range> ranges, Consumer<LogRecord<K, V>> handler) {
    Map<TopicPartition, Long> open = new HashMap<>();
    ranges.forEach(
        (partition, range) -> {
          if (range.from() < range.to()) {
            open.put(new TopicPartition(topic.name(), partition), range.from());
          }
        });
    if (open.isEmpty()) {
      return;
    }
    consumer.assign(open.keySet());
    consumer.resume(open.keySet());
    open.forEach(consumer::seek);
    long lastProgress = System.nanoTime();
    while (!open.isEmpty()) {
      try {
        for (ConsumerRecord<byte[], ByteBuffer> record : consumer.poll(POLL)) {
          if (record.offset() < ranges.get(record.partition()).to()) {
            handler.accept(new LogRecord<>(topic, form, record));
          }
        }
      } catch (OffsetOutOfRangeException e) {
        throw lost(e);
      }
      if (advance(open, ranges)) {
        lastProgress = System.nanoTime();
      } else if (System.nanoTime() - lastProgress > stalled.toNanos()) {
        throw new TimeoutException(open + ": nothing arrived within " + stalled.toSeconds() + " s");
      }
    }
  }

  /** Notes how far each partition is, and leaves alone those that are done; whether any moved. */
  private boolean advance(Map<TopicPartition, Long> open, Map<Integer, Range> ranges) {
    boolean moved = false;
    for (TopicPartition tp : List.copyOf(open.keySet())) {
      long position = consumer.position(tp);
      moved |= position != open.get(tp);
      if (position < ranges.get(tp.partition()).to()) {
        open.put(tp, position);
      } else {
        open.remove(tp);
        consumer.pause(List.of(tp));
      }
    }
    return moved;
  }

  private LostRecordsException lost(OffsetOutOfRangeException e) {
    Map.Entry<TopicPartition, Long> first =
        e.offsetOutOfRangePartitions().entrySet().iterator().next();
    TopicPartition tp = first.getKey();
    return new LostRecordsException(
        tp
            + "@"
            + first.getValue()
            + ": found offsets "
            + consumer.beginningOffsets(List.of(tp)).get(tp)
            + " to "
            + consumer.endOffsets(List.of(tp)).get(tp)
            + "; the records asked for were deleted",
        e);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
