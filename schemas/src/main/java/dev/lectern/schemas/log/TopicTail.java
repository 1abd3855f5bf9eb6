package dev.lectern.schemas.log;

import dev.lectern.schemas.topic.Topic;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Follows a topic: each call reads, from where the last one ended, to the end at that moment.
 *
 * <p>The order is that of the log within a partition; partitions come one after the other. One
 * thread at a time.
 */
public final class TopicTail<K, V> implements AutoCloseable {
  private final String topicName;
  private final TopicReader<K, V> reader;
  private final SortedMap<Integer, Long> positions = new TreeMap<>();

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  public TopicTail(Map<String, ?> client, Topic<K, V> topic) {
    this.topicName = topic.name();
    this.reader = TopicReader.sequential(client, topic);
  }

  /**
   * Hands over what was added; nothing if the topic does not exist (yet).
   *
   * @throws LostRecordsException if the topic became shorter: it was deleted and made again
   */
  public void readToEnd(Consumer<LogRecord<K, V>> handler) {
    SortedMap<Integer, Long> begins = null;
    for (Map.Entry<Integer, Long> end : reader.endOffsets().entrySet()) {
      int partition = end.getKey();
      if (!positions.containsKey(partition)) {
        begins = begins == null ? reader.beginningOffsets() : begins;
        positions.put(partition, begins.get(partition));
      }
      long from = positions.get(partition);
      if (end.getValue() < from) {
        throw new LostRecordsException(
            topicName
                + "-"
                + partition
                + ": found end offset "
                + end.getValue()
                + ", read up to "
                + from
                + " before; the topic was deleted and made again");
      }
      reader.read(partition, from, end.getValue(), handler);
      positions.put(partition, end.getValue());
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
