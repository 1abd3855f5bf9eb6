package dev.lectern.trainer.replay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads records by their coordinates, without a consumer group.
 *
 * <p>Sequential reading goes once through each partition, in order of offset, and jumps over long
 * gaps. Random reading asks the broker for little more than the wanted record. One thread at a
 * time.
 */
final class LogReader implements AutoCloseable {
  /** Gaps longer than this are jumped over; the records of shorter ones are read and dropped. */
  private static final long GAP = 64;

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Consumer<byte[], byte[]> consumer;
  private final long gap;

  private LogReader(Consumer<byte[], byte[]> consumer, long gap) {
    this.consumer = consumer;
    this.gap = gap;
  }

  /** For filling a store: large fetches. */
  static LogReader sequential(Map<String, Object> kafka) {
    Map<String, Object> settings = base(kafka);
    settings.put("max.partition.fetch.bytes", 16 << 20);
    settings.put("fetch.max.bytes", 64 << 20);
    return new LogReader(consumer(settings), GAP);
  }

  /** For single records in any order: a fetch returns one record batch per partition. */
  static LogReader random(Map<String, Object> kafka) {
    Map<String, Object> settings = base(kafka);
    settings.put("max.partition.fetch.bytes", 1024);
    settings.put("fetch.max.bytes", 1024);
    settings.put("fetch.max.wait.ms", 5);
    return new LogReader(consumer(settings), 0);
  }

  private static Map<String, Object> base(Map<String, Object> kafka) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put("enable.auto.commit", false);
    settings.put("allow.auto.create.topics", false);
    settings.put("auto.offset.reset", "none");
    return settings;
  }

  private static Consumer<byte[], byte[]> consumer(Map<String, Object> settings) {
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * Hands over every wanted record once; of one partition in order of offset.
   *
   * @throws CorruptRecordingException if the log does not hold one of them any more
   * @throws TimeoutException if nothing arrives for a minute
   */
  void read(
      Collection<Coordinate> wanted, BiConsumer<Coordinate, ConsumerRecord<byte[], byte[]>> sink) {
    Map<TopicPartition, TreeSet<Coordinate>> pending = new TreeMap<>(LogReader::compare);
    for (Coordinate coordinate : wanted) {
      pending.computeIfAbsent(coordinate.topicPartition(), p -> new TreeSet<>()).add(coordinate);
    }
    if (pending.isEmpty()) {
      return;
    }
    consumer.assign(pending.keySet());
    consumer.resume(pending.keySet());
    pending.forEach((partition, rest) -> consumer.seek(partition, rest.first().offset()));
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!pending.isEmpty()) {
      var records = poll();
      if (!records.isEmpty()) {
        deadline = System.nanoTime() + PATIENCE.toNanos();
      } else if (System.nanoTime() > deadline) {
        throw new TimeoutException(
            pending.values().iterator().next().first()
                + ": no answer from the broker within "
                + PATIENCE.toSeconds()
                + " s");
      }
      for (TopicPartition partition : records.partitions()) {
        TreeSet<Coordinate> rest = pending.get(partition);
        for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
          if (rest == null || rest.isEmpty() || record.offset() < rest.first().offset()) {
            continue;
          }
          if (record.offset() > rest.first().offset()) {
            throw missing(rest.first(), null);
          }
          sink.accept(rest.pollFirst(), record);
        }
      }
      advance(pending);
    }
  }

  private ConsumerRecords<byte[], byte[]> poll() {
    try {
      return consumer.poll(POLL);
    } catch (OffsetOutOfRangeException e) {
      Map.Entry<TopicPartition, Long> first =
          e.offsetOutOfRangePartitions().entrySet().iterator().next();
      throw missing(
          new Coordinate(first.getKey().topic(), first.getKey().partition(), first.getValue()), e);
    }
  }

  private void advance(Map<TopicPartition, TreeSet<Coordinate>> pending) {
    List<TopicPartition> done = new ArrayList<>();
    pending.forEach(
        (partition, rest) -> {
          if (rest.isEmpty()) {
            done.add(partition);
          } else if (consumer.position(partition) > rest.first().offset()) {
            throw missing(rest.first(), null);
          } else if (rest.first().offset() - consumer.position(partition) > gap) {
            consumer.seek(partition, rest.first().offset());
          }
        });
    if (!done.isEmpty()) {
      consumer.pause(done);
      pending.keySet().removeAll(done);
    }
  }

  private static CorruptRecordingException missing(Coordinate coordinate, Exception cause) {
    return new CorruptRecordingException(
        coordinate + ": the log does not hold this record any more; its retention may have passed",
        cause);
  }

  private static int compare(TopicPartition a, TopicPartition b) {
    int byTopic = a.topic().compareTo(b.topic());
    return byTopic != 0 ? byTopic : Integer.compare(a.partition(), b.partition());
  }

  @Override
  public void close() {
    consumer.close();
  }
}
