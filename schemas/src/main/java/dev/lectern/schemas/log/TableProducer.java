package dev.lectern.schemas.log;

import dev.lectern.schemas.serde.WireForm;
import dev.lectern.schemas.topic.Topic;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Producers for topics that are tables: few small records, each to be kept. */
final class TableProducer {
  private TableProducer() {}

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   */
  static <V> KafkaProducer<String, V> of(Map<String, ?> client, Topic<String, V> topic) {
    Map<String, Object> settings = new HashMap<>(client);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    return new KafkaProducer<>(
        settings, topic.key().serializer(), topic.in(WireForm.of(client)).value().serializer());
  }
}
