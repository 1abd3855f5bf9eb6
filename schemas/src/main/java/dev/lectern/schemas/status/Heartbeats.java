package dev.lectern.schemas.status;

import java.time.Duration;
import java.util.Map;

/** Where a process says what it does. */
@FunctionalInterface
public interface Heartbeats {
  /** Nowhere. */
  Heartbeats NONE = source -> Pulse.SILENT;

  /** Starts saying it; the process ends it. */
  Pulse start(StatusSource source);

  /**
   * On the status topic.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param every between two heartbeats
   */
  static Heartbeats onTopic(Map<String, ?> client, Duration every) {
    return source -> new TopicPulse(new StatusLog(client), every, source);
  }
}
