package dev.lectern.schemas.log;

import dev.lectern.schemas.serde.WireForm;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes records of all topics. Every record is acknowledged by all in-sync replicas, and a
 * record's key decides its partition. Sending waits while the buffer is full. Safe for several
 * threads.
 *
 * <p>A record is written once; with a {@link BrokerWait} it is sent again when the client gives up
 * after two minutes, and may then lie on the topic twice, which every topic of Lectern allows.
 */
public final class TopicWriter implements AutoCloseable {
  /** Bytes that may wait for an acknowledgement, unless a caller says otherwise. */
  public static final long DEFAULT_BUFFER_BYTES = 64L << 20;

  private static final int BATCH_BYTES = 1 << 20;
  private static final int LINGER_MS = 5;

  /** A record, and what the protocol adds to it. */
  private static final int MAX_REQUEST_BYTES = Topics.MAX_MESSAGE_BYTES + (1 << 20);

  private static final int DELIVERY_MS = 120_000;
  private static final int REQUEST_MS = 30_000;
  private static final long PAUSE_MS = 500;

  private final KafkaProducer<byte[], byte[]> producer;
  private final WireForm form;
  private final BrokerWait wait;

  /** Not the client's own thread, which must not wait for room in the buffer. */
  private final ScheduledExecutorService resends;

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  public TopicWriter(Map<String, ?> client) {
    this(client, Map.of(), null);
  }

  /**
   * A writer that waits for a broker that is away.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  public TopicWriter(Map<String, ?> client, BrokerWait wait) {
    this(client, Map.of(), wait);
  }

  /**
   * A writer that waits for a broker that is away.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param bufferBytes that may wait for an acknowledgement, whatever the properties say
   */
  public TopicWriter(Map<String, ?> client, long bufferBytes, BrokerWait wait) {
    this(client, Map.of(ProducerConfig.BUFFER_MEMORY_CONFIG, bufferBytes), wait);
  }

  private TopicWriter(Map<String, ?> client, Map<String, ?> fixed, BrokerWait wait) {
    Map<String, Object> settings = settings(client);
    settings.putAll(fixed);
    if (wait != null && wait.limit() != null) {
      int delivery = (int) Math.min(DELIVERY_MS, wait.limit().toMillis() + LINGER_MS);
      settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, delivery);
      settings.put(
          ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(REQUEST_MS, delivery - LINGER_MS));
    }
    this.form = WireForm.of(client);
    this.wait = wait;
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    resends =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "lectern-resend");
              thread.setDaemon(true);
              return thread;
            });
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
    send(
        new ProducerRecord<>(
            topic.name(),
            topic.key().serializer().serialize(topic.name(), key),
            form.written(topic.name(), topic.value().serializer().serialize(topic.name(), value))),
        sent);
    return sent;
  }

  private void send(ProducerRecord<byte[], byte[]> record, CompletableFuture<RecordMetadata> sent) {
    producer.send(
        record,
        (metadata, e) -> {
          if (e == null) {
            if (wait != null) {
              wait.answered();
            }
            sent.complete(metadata);
          } else {
            failed(record, sent, e);
          }
        });
  }

  private void failed(
      ProducerRecord<byte[], byte[]> record,
      CompletableFuture<RecordMetadata> sent,
      Exception failure) {
    if (failure instanceof RecordTooLargeException) {
      sent.completeExceptionally(tooLarge(record, failure));
      return;
    }
    if (wait == null || !(failure instanceof KafkaException e)) {
      sent.completeExceptionally(failure);
      return;
    }
    try {
      wait.failed(e);
      resends.schedule(() -> resend(record, sent), PAUSE_MS, TimeUnit.MILLISECONDS);
    } catch (KafkaException refused) {
      sent.completeExceptionally(refused);
    } catch (RejectedExecutionException closed) {
      sent.completeExceptionally(failure);
    }
  }

  /** The broker does not say which topic takes too little: one that somebody made or altered. */
  private static Exception tooLarge(ProducerRecord<byte[], byte[]> record, Exception failure) {
    return new RecordTooLargeException(
        "topic "
            + record.topic()
            + ": refuses a record of "
            + (record.value() == null ? 0 : record.value().length)
            + " bytes; expected max.message.bytes of at least "
            + Topics.MAX_MESSAGE_BYTES,
        failure);
  }

  private void resend(
      ProducerRecord<byte[], byte[]> record, CompletableFuture<RecordMetadata> sent) {
    try {
      send(record, sent);
    } catch (RuntimeException e) {
      sent.completeExceptionally(e);
    }
  }

  /**
   * Returns when everything that was sent is acknowledged or has failed; what is to be sent again
   * is not waited for.
   */
  public void flush() {
    producer.flush();
  }

  /** Ends; what is not acknowledged in time fails. */
  public void close(Duration timeout) {
    resends.shutdownNow();
    producer.close(timeout);
  }

  @Override
  public void close() {
    resends.shutdownNow();
    producer.close();
  }
}
