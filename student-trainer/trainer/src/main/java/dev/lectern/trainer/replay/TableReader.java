package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.topic.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Reads a compacted topic from its start, without a consumer group, and goes on from there. One
 * thread at a time.
 */
final class TableReader<K, V> implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaConsumer<K, V> consumer;
  private final List<TopicPartition> partitions;

  private TableReader(KafkaConsumer<K, V> consumer, List<TopicPartition> partitions) {
    this.consumer = consumer;
    this.partitions = partitions;
  }

  /**
   * Starts at the topic's first record.
   *
   * @param what the topic's meaning to the user, for messages, e.g. {@code recording 'mini-plus'}
   * @throws UserMistakeException if the topic does not exist or no broker answers
   */
  static <K, V> TableReader<K, V> open(Map<String, Object> kafka, Topic<K, V> topic, String what) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put("enable.auto.commit", false);
    settings.put("allow.auto.create.topics", false);
    settings.put("auto.offset.reset", "earliest");
    settings.putIfAbsent("default.api.timeout.ms", 20_000);
    KafkaConsumer<K, V> consumer =
        new KafkaConsumer<>(settings, topic.key().deserializer(), topic.value().deserializer());
    try {
      List<PartitionInfo> found = consumer.partitionsFor(topic.name());
      if (found == null || found.isEmpty()) {
        throw new UserMistakeException(
            what
                + ": not found on "
                + kafka.get("bootstrap.servers")
                + " (no topic "
                + topic.name()
                + ")");
      }
      List<TopicPartition> partitions =
          found.stream().map(info -> new TopicPartition(info.topic(), info.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      return new TableReader<>(consumer, partitions);
    } catch (TimeoutException e) {
      consumer.close(CloseOptions.timeout(Duration.ZERO));
      throw new UserMistakeException(
          what + ": no Kafka broker answers at " + kafka.get("bootstrap.servers"), e);
    } catch (RuntimeException e) {
      consumer.close(CloseOptions.timeout(Duration.ZERO));
      throw e;
    }
  }

  /**
   * Hands over everything up to the end that the topic has now; a value is null where a key was
   * deleted.
   */
  void readToEnd(BiConsumer<K, V> sink) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
      poll(POLL, sink);
    }
  }

  /** Hands over what arrives within {@code wait}. */
  void poll(Duration wait, BiConsumer<K, V> sink) {
    for (ConsumerRecord<K, V> record : consumer.poll(wait)) {
      sink.accept(record.key(), record.value());
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
