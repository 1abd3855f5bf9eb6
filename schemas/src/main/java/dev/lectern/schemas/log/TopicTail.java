package dev.lectern.schemas.log;

import dev.lectern.schemas.serde.CorruptRecordException;
import dev.lectern.schemas.topic.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * Follows a topic: each call reads, from where the last one ended, to the end at that moment.
 *
 * <p>The order is that of the log within a partition; partitions come one after the other. A record
 * whose handler throws {@link CorruptRecordException} is passed over and counted, and so is one in
 * a damaged batch. One thread at a time.
 */
public final class TopicTail<K, V> implements AutoCloseable {
  /** How long a partition may look shorter than before: a broker that restarts does that. */
  private static final Duration SHRUNK = Duration.ofSeconds(30);

  private final String topicName;
  private final TopicReader<K, V> reader;
  private final Map<String, Long> limits;
  private final boolean limited;
  private final LongSupplier nanoTime;
  private final PassedOver passedOver = new PassedOver();
  private final SortedMap<Integer, Long> positions = new TreeMap<>();
  private final Map<Integer, Long> shrunkSince = new HashMap<>();

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  public TopicTail(Map<String, ?> client, Topic<K, V> topic) {
    this(client, topic, Map.of());
  }

  /**
   * A tail that ends where a recording or dataset was sealed.
   *
   * @param limits {@code topic-partition} to the offset to stop before. If none is of this topic,
   *     it is read to its end; otherwise a partition that is not listed came later and is left out.
   */
  public TopicTail(Map<String, ?> client, Topic<K, V> topic, Map<String, Long> limits) {
    this(topic, TopicReader.sequential(client, topic), limits, System::nanoTime);
  }

  TopicTail(
      Topic<K, V> topic,
      TopicReader<K, V> reader,
      Map<String, Long> limits,
      LongSupplier nanoTime) {
    this.topicName = topic.name();
    this.reader = reader;
    this.limits = Map.copyOf(limits);
    this.limited =
        limits.keySet().stream()
            .anyMatch(partition -> partition.matches(Pattern.quote(topicName) + "-[0-9]+"));
    this.nanoTime = nanoTime;
  }

  /**
   * Hands over what was added; nothing if the topic does not exist (yet).
   *
   * @throws LostRecordsException if the topic became shorter and stays so for 30 s: it was deleted
   *     and made again
   */
  public void readToEnd(Consumer<LogRecord<K, V>> handler) {
    SortedMap<Integer, Long> begins = null;
    for (Map.Entry<Integer, Long> found : reader.endOffsets().entrySet()) {
      int partition = found.getKey();
      long end = Math.min(found.getValue(), limit(partition));
      if (!positions.containsKey(partition)) {
        begins = begins == null ? reader.beginningOffsets() : begins;
        positions.put(partition, begins.get(partition));
      }
      long from = positions.get(partition);
      if (end < from) {
        checkShrunk(partition, from, end);
        continue;
      }
      shrunkSince.remove(partition);
      reader.read(
          partition,
          from,
          end,
          record -> take(record, handler),
          (offset, why) -> passedOver.add(reader.coordinates(partition, offset), why));
      positions.put(partition, end);
    }
  }

  private long limit(int partition) {
    return limits.getOrDefault(topicName + "-" + partition, limited ? 0 : Long.MAX_VALUE);
  }

  private void take(LogRecord<K, V> record, Consumer<LogRecord<K, V>> handler) {
    try {
      handler.accept(record);
    } catch (CorruptRecordException e) {
      passedOver.add(e);
    }
  }

  /** Records that did not decode, so far. */
  public PassedOver passedOver() {
    return passedOver;
  }

  private void checkShrunk(int partition, long from, long end) {
    long now = nanoTime.getAsLong();
    if (now - shrunkSince.computeIfAbsent(partition, p -> now) >= SHRUNK.toNanos()) {
      throw new LostRecordsException(
          topicName
              + "-"
              + partition
              + ": found end offset "
              + end
              + ", read up to "
              + from
              + " before; the topic was deleted and made again");
    }
  }

  /** For each partition the offset after what was read. */
  public SortedMap<Integer, Long> positions() {
    return new TreeMap<>(positions);
  }

  @Override
  public void close() {
    reader.close();
  }
}
