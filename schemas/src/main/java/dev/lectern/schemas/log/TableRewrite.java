package dev.lectern.schemas.log;

import dev.lectern.schemas.serde.CorruptRecordException;
import dev.lectern.schemas.topic.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/**
 * Makes a compacted topic hold given entries and no others, by writing what differs: an entry where
 * the last record of its key is another, a tombstone for every other key.
 *
 * @param written entries
 * @param removed keys
 */
record TableRewrite(long written, long removed) {
  /**
   * Compares and writes; returns when the broker has it all.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  static <V> TableRewrite of(
      Map<String, ?> client, Topic<String, V> topic, SortedMap<String, V> wanted)
      throws InterruptedException {
    List<Future<?>> sent = new ArrayList<>();
    long written = 0;
    long removed = 0;
    Map<Integer, SortedMap<String, Last<V>>> present = lastRecords(client, topic);
    try (KafkaProducer<String, V> producer = TableProducer.of(client, topic)) {
      for (Map.Entry<String, V> entry : wanted.entrySet()) {
        boolean found = false;
        boolean changed = false;
        for (Map.Entry<Integer, SortedMap<String, Last<V>>> partition : present.entrySet()) {
          Last<V> last = partition.getValue().remove(entry.getKey());
          found |= last != null;
          // Readers take the partitions one after the other: a key that strayed must say the same.
          if (last != null && !entry.getValue().equals(last.value())) {
            changed = true;
            sent.add(
                producer.send(
                    new ProducerRecord<>(
                        topic.name(), partition.getKey(), entry.getKey(), entry.getValue())));
          }
        }
        if (!found) {
          sent.add(
              producer.send(new ProducerRecord<>(topic.name(), entry.getKey(), entry.getValue())));
        }
        written += changed || !found ? 1 : 0;
      }
      for (Map.Entry<Integer, SortedMap<String, Last<V>>> partition : present.entrySet()) {
        for (Map.Entry<String, Last<V>> other : partition.getValue().entrySet()) {
          if (!other.getValue().tombstone()) {
            removed++;
            sent.add(
                producer.send(
                    new ProducerRecord<>(topic.name(), partition.getKey(), other.getKey(), null)));
          }
        }
      }
      producer.flush();
      for (Future<?> each : sent) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new KafkaException(
          topic.name() + " cannot be written: " + e.getCause().getMessage(), e.getCause());
    }
    return new TableRewrite(written, removed);
  }

  /**
   * The last record of a key.
   *
   * @param value null for a tombstone and for what does not decode
   */
  private record Last<V>(V value, boolean tombstone) {}

  private static <V> Map<Integer, SortedMap<String, Last<V>>> lastRecords(
      Map<String, ?> client, Topic<String, V> topic) {
    Map<Integer, SortedMap<String, Last<V>>> byPartition = new TreeMap<>();
    try (TopicReader<String, V> reader = TopicReader.sequential(client, topic)) {
      SortedMap<Integer, Long> begins = reader.beginningOffsets();
      reader
          .endOffsets()
          .forEach(
              (partition, end) -> {
                SortedMap<String, Last<V>> last = new TreeMap<>();
                byPartition.put(partition, last);
                reader.read(
                    partition,
                    begins.get(partition),
                    end,
                    record -> {
                      if (record.key() != null) {
                        last.put(record.key(), last(record));
                      }
                    });
              });
    }
    return byPartition;
  }

  private static <V> Last<V> last(LogRecord<String, V> record) {
    try {
      V value = record.value();
      return new Last<>(value, value == null);
    } catch (CorruptRecordException e) {
      return new Last<>(null, false);
    }
  }

  boolean changedNothing() {
    return written == 0 && removed == 0;
  }
}
