package dev.lectern.trainer.replay;

import java.util.Comparator;
import org.apache.kafka.common.TopicPartition;

/** The place of one record in the log. */
record Coordinate(String topic, int partition, long offset) implements Comparable<Coordinate> {
  private static final Comparator<Coordinate> LOG_ORDER =
      Comparator.comparing(Coordinate::topic)
          .thenComparingInt(Coordinate::partition)
          .thenComparingLong(Coordinate::offset);

  TopicPartition topicPartition() {
    return new TopicPartition(topic, partition);
  }

  @Override
  public int compareTo(Coordinate other) {
    return LOG_ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return topic + "-" + partition + "@" + offset;
  }
}
