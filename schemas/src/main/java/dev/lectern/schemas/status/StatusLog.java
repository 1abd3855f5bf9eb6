package dev.lectern.schemas.status;

import dev.lectern.schemas.serde.Status;
import dev.lectern.schemas.serde.WireForm;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writing end of the status topic.
 *
 * <p>A status that cannot be delivered is dropped after a few seconds: the next one replaces it.
 * The first failure is a warning, the following ones are not repeated until a status arrived again.
 * One thread at a time.
 */
final class StatusLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusLog.class);
  private static final Topic<String, Status> TOPIC = Topics.status();
  private static final int TIMEOUT_MS = 4_000;
  private static final Duration CLOSE = Duration.ofSeconds(1);

  private final Map<String, Object> client;
  private Producer<String, Status> producer;
  private boolean warned;

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  StatusLog(Map<String, ?> client) {
    this.client = new HashMap<>(client);
  }

  /** Writes a status, and waits a few seconds at most for the broker to have it. */
  void write(Status status) throws InterruptedException {
    try {
      if (producer == null) {
        ensureTopic();
        producer = open();
      }
      producer
          .send(new ProducerRecord<>(TOPIC.name(), status.key(), status))
          .get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
      if (warned) {
        LOG.info("heartbeats arrive again topic={}", TOPIC.name());
        warned = false;
      }
    } catch (ExecutionException e) {
      missed(e.getCause());
    } catch (KafkaException | java.util.concurrent.TimeoutException e) {
      missed(e);
    }
  }

  private void missed(Throwable cause) {
    if (warned) {
      LOG.debug("heartbeat dropped", cause);
      return;
    }
    warned = true;
    LOG.warn(
        "heartbeats do not arrive, lectern status will not show this process; its work goes on"
            + " topic={} cause=\"{}\"",
        TOPIC.name(),
        cause.getMessage() == null ? cause.toString() : cause.getMessage());
  }

  private void ensureTopic() throws InterruptedException {
    Map<String, Object> settings = new HashMap<>(client);
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MS / 2);
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
    Admin admin = Admin.create(settings);
    try {
      if (!admin.listTopics().names().get().contains(TOPIC.name())) {
        TopicCreation.ensure(admin, List.of(TOPIC), 1);
      }
    } catch (ExecutionException e) {
      throw new KafkaException(e.getCause().getMessage(), e.getCause());
    } finally {
      admin.close(CLOSE);
    }
  }

  private Producer<String, Status> open() {
    Map<String, Object> settings = new HashMap<>(client);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT_MS);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MS / 2);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
    settings.put(ProducerConfig.ACKS_CONFIG, "1");
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 1L << 20);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
    settings.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    return new KafkaProducer<>(
        settings, TOPIC.key().serializer(), TOPIC.in(WireForm.of(client)).value().serializer());
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(CLOSE);
    }
  }
}
