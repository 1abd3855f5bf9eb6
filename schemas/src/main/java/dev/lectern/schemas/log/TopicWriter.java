package dev.lectern.schemas.log;

import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes records of all topics. Every record is acknowledged by all in-sync replicas, none is
 * written twice, and a record's key decides its partition. Sending waits while the buffer is full.
 * Safe for several threads.
 */
public final class TopicWriter implements AutoCloseable {
  /** Bytes that may wait for an acknowledgement, unless a caller says otherwise. */
  public static final long DEFAULT_BUFFER_BYTES = 64L << 20;

  private static final int BATCH_BYTES = 1 << 20;
  private static final int LINGER_MS = 5;

  /** A record, and what the protocol adds to it. */
  private static final int MAX_REQUEST_BYTES = Topics.MAX_MESSAGE_BYTES + (1 << 20);

  private final KafkaProducer<byte[], byte[]> producer;

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  public TopicWriter(Map<String, ?> client) {
    this(client, Map.of());
  }

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param bufferBytes that may wait for an acknowledgement, whatever the properties say
   */
  public TopicWriter(Map<String, ?> client, long bufferBytes) {
    this(client, Map.of(ProducerConfig.BUFFER_MEMORY_CONFIG, bufferBytes));
  }

  private TopicWriter(Map<String, ?> client, Map<String, ?> fixed) {
    Map<String, Object> settings = settings(client);
    settings.putAll(fixed);
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * Defaults for large records that are compressed already, over them what the user gave, over that
   * what the guarantees rest on.
   */
  private static Map<String, Object> settings(Map<String, ?> client) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, DEFAULT_BUFFER_BYTES);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, LINGER_MS);
    settings.putAll(client);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.PARTITIONER_IGNORE_KEYS_CONFIG, false);
    return settings;
  }

  /** Where the record lies, once all in-sync replicas have it. */
  public <K, V> CompletableFuture<RecordMetadata> send(Topic<K, V> topic, K key, V value) {
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
  public void flush() {
    producer.flush();
  }

  /** Ends; what is not acknowledged in time fails. */
  public void close(Duration timeout) {
    producer.close(timeout);
  }

  @Override
  public void close() {
    producer.close();
  }
}
