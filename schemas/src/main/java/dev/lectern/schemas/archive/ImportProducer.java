package dev.lectern.schemas.archive;

import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends records of all topics; waits while 64 MB are not acknowledged. */
final class ImportProducer implements AutoCloseable {
  private final KafkaProducer<byte[], byte[]> producer;

  ImportProducer(Map<String, Object> client) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 1 << 20);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L << 20);
    settings.putAll(client);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_MESSAGE_BYTES + (1 << 20));
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Where the record lies, once all in-sync replicas have it; its key decides the partition. */
  <K, V> CompletableFuture<RecordMetadata> send(Topic<K, V> topic, K key, V value) {
    CompletableFuture<RecordMetadata> sent = new CompletableFuture<>();
    producer.send(
        new ProducerRecord<>(
            topic.name(),
            topic.key().serializer().serialize(topic.name(), key),
            topic.value().serializer().serialize(topic.name(), value)),
        (metadata, e) -> {
          if (e == null) {
            sent.complete(metadata);
          } else {
            sent.completeExceptionally(e);
          }
        });
    return sent;
  }

  /** Returns when everything that was sent is acknowledged or has failed. */
  void flush() {
    producer.flush();
  }

  @Override
  public void close() {
    producer.close();
  }
}
