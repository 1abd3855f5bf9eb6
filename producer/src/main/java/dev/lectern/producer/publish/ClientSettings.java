package dev.lectern.producer.publish;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Properties of the Kafka clients: defaults for records of some hundred kilobytes, over them what
 * the user gave, over that what the guarantees rest on.
 *
 * @param given by the user, {@code bootstrap.servers} at least
 */
record ClientSettings(Map<String, Object> given) {
  private static final int DEFAULT_TIMEOUT_MS = 30_000;

  ClientSettings {
    given = Map.copyOf(given);
  }

  String bootstrapServers() {
    return String.valueOf(given.getOrDefault(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, ""));
  }

  /** How long to wait for a first answer: {@code default.api.timeout.ms}, else 30 s. */
  int timeoutMs() {
    Object value = given.get(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG);
    return value == null ? DEFAULT_TIMEOUT_MS : Integer.parseInt(value.toString());
  }

  Map<String, Object> admin() {
    Map<String, Object> settings = new HashMap<>();
    settings.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, DEFAULT_TIMEOUT_MS);
    settings.putAll(given);
    int requestTimeout =
        Math.min(timeoutMs(), number(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, 30_000));
    settings.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, requestTimeout);
    return settings;
  }

  Map<String, Object> producer() {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 9 << 20);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L << 20);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 1 << 20);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
    settings.putAll(given);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    return settings;
  }

  private int number(String key, int standard) {
    Object value = given.get(key);
    return value == null ? standard : Integer.parseInt(value.toString());
  }
}
