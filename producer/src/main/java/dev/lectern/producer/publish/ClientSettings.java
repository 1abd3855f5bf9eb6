package dev.lectern.producer.publish;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;

/**
 * Properties of the Kafka clients: timeouts for a first answer, over them what the user gave.
 *
 * @param given by the user, {@code bootstrap.servers} at least
 */
record ClientSettings(Map<String, Object> given) {
  private static final int DEFAULT_TIMEOUT_MS = 60_000;

  ClientSettings {
    given = Map.copyOf(given);
  }

  String bootstrapServers() {
    return String.valueOf(given.getOrDefault(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, ""));
  }

  /** How long to wait for a first answer: {@code default.api.timeout.ms}, else 60 s. */
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

  private int number(String key, int standard) {
    Object value = given.get(key);
    return value == null ? standard : Integer.parseInt(value.toString());
  }
}
