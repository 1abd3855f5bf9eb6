package dev.lectern.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Kafka's own consumer for tests stands for a topic "rec.index" of one partition. */
class TopicTailTest {
  private static final Topic<String, IndexEntry> TOPIC = Topics.index("rec");
  private static final TopicPartition PARTITION = new TopicPartition("rec.index", 0);

  private final MockConsumer<byte[], ByteBuffer> consumer = new MockConsumer<>("none");
  private final List<String> seen = new ArrayList<>();
  private long now = 0;

  @BeforeEach
  void topic() {
    consumer.updatePartitions(
        "rec.index",
        List.of(new PartitionInfo("rec.index", 0, Node.noNode(), new Node[0], new Node[0])));
    consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
  }

  @Test
  void eachCallReadsWhatWasAddedAndPassesOverGaps() {
    // Given: offset 1 was compacted away, offset 3 is a transaction's end
    TopicTail<String, IndexEntry> tail = tail(Map.of());
    write(4, "0:a", "2:b");
    read(tail);
    write(5, "4:c");

    // When
    read(tail);

    // Then
    assertThat(seen).containsExactly("0:a", "2:b", "4:c");
    assertThat(tail.positions()).containsExactly(Map.entry(0, 5L));
  }

  @Test
  void aTailOfASealedRecordingEndsWhereItWasSealed() {
    // Given
    TopicTail<String, IndexEntry> tail = tail(Map.of("rec.index-0", 2L));
    write(3, "0:a", "1:b", "2:late");

    // When
    read(tail);

    // Then
    assertThat(seen).containsExactly("0:a", "1:b");
  }

  @Test
  void aTopicMayLookShorterForAMomentButNotForGood() {
    // Given
    TopicTail<String, IndexEntry> tail = tail(Map.of());
    write(2, "0:a", "1:b");
    read(tail);
    consumer.updateEndOffsets(Map.of(PARTITION, 1L));

    // When
    read(tail);
    now += Duration.ofSeconds(31).toNanos();

    // Then
    assertThatThrownBy(() -> read(tail))
        .isInstanceOf(LostRecordsException.class)
        .hasMessage(
            "rec.index-0: found end offset 1, read up to 2 before;"
                + " the topic was deleted and made again");
  }

  @Test
  void aRecordThatDoesNotDecodeIsPassedOverAndNamedByItsPlace() {
    // Given
    TopicTail<String, IndexEntry> tail = tail(Map.of());
    write(2, "0:a", "1:b");

    // When
    tail.readToEnd(
        record -> {
          if (record.key().equals("b")) {
            seen.add("b");
          } else {
            seen.add(record.value().getView().getViewId());
          }
        });

    // Then
    assertThat(seen).containsExactly("b");
    assertThat(tail.positions()).containsExactly(Map.entry(0, 2L));
    assertThat(tail.passedOver().count()).isEqualTo(1);
    assertThat(tail.passedOver().first().get(0))
        .startsWith("rec.index-0@0: ")
        .contains("not a IndexEntry");
  }

  @Test
  void aPartitionThatCameAfterTheSealIsLeftOut() {
    // Given
    TopicTail<String, IndexEntry> tail = tail(Map.of("rec.index-7", 2L));
    write(1, "0:a");

    // When
    read(tail);

    // Then
    assertThat(seen).isEmpty();
  }

  private TopicTail<String, IndexEntry> tail(Map<String, Long> limits) {
    return new TopicTail<>(TOPIC, new TopicReader<>(TOPIC, consumer), limits, () -> now);
  }

  private void read(TopicTail<String, IndexEntry> tail) {
    tail.readToEnd(record -> seen.add(record.offset() + ":" + record.key()));
  }

  /** Adds records {@code offset:key} with a value of one byte once the partition is assigned. */
  private void write(long end, String... records) {
    consumer.updateEndOffsets(Map.of(PARTITION, end));
    consumer.schedulePollTask(
        () -> {
          for (String record : records) {
            String[] parts = record.split(":");
            consumer.addRecord(
                new ConsumerRecord<>(
                    "rec.index",
                    0,
                    Long.parseLong(parts[0]),
                    TOPIC.key().serializer().serialize("rec.index", parts[1]),
                    ByteBuffer.wrap(new byte[] {1})));
          }
          // What follows the last record has none: the real consumer moves past it by itself.
          consumer.schedulePollTask(
              () -> {
                if (consumer.position(PARTITION) < end) {
                  consumer.seek(PARTITION, end);
                }
              });
        });
  }
}
