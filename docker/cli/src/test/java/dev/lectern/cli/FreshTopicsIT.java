package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Topics that were just made, and a producer with several requests under way.
 *
 * <p>A broker tells of a topic before it can write to it. Of two batches for a partition sent in
 * between, it may refuse the first and take the second; brokers before Kafka 4.5 then refuse the
 * first for ever (KAFKA-15591), and it expires.
 */
class FreshTopicsIT {
  private static final int RECORDINGS = 3;
  private static final int PARTITIONS = 40;
  private static final int BATCHES = 5;

  private static final byte[] KEY = {1};

  @TempDir private static Path dir;

  @Test
  void whatIsSentAtOnceArrives() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        KafkaProducer<byte[], byte[]> producer = impatient(broker)) {
      for (int recording = 0; recording < RECORDINGS; recording++) {
        List<Topic<?, ?>> topics = Topics.ofRecording("recording" + recording);

        TopicCreation.ensure(admin, topics, PARTITIONS);

        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (Topic<?, ?> topic : topics) {
          for (int batch = 0; batch < BATCHES; batch++) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
              sent.add(
                  producer.send(new ProducerRecord<>(topic.name(), partition, KEY, new byte[100])));
            }
          }
        }
        for (Future<RecordMetadata> record : sent) {
          assertThat(record.get().offset()).isLessThan(BATCHES);
        }
      }
    }
  }

  /** A record a batch, and an end to repetition within the time of a test. */
  private static KafkaProducer<byte[], byte[]> impatient(EmbeddedBroker broker) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers", broker.bootstrapServers(),
            "batch.size", 1,
            "linger.ms", 0,
            "request.timeout.ms", 5_000,
            "delivery.timeout.ms", 10_000),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }
}
