package dev.lectern.teacher.recording;

import dev.lectern.schemas.topic.Topics;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;

/** How payloads are sent: large records, already compressed, nothing lost and nothing twice. */
final class ProducerSettings {
  private static final int BATCH_BYTES = 1 << 20;
  private static final int LINGER_MS = 5;

  private ProducerSettings() {}

  static Map<String, Object> of(Map<String, Object> kafka, long bufferBytes) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, LINGER_MS);
    settings.putAll(kafka);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, bufferBytes);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_MESSAGE_BYTES + (1 << 20));
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    return settings;
  }
}
