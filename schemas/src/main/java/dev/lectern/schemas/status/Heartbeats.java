package dev.lectern.schemas.status;

import java.time.Duration;
import java.util.Map;

/** Where a process reports its status. */
@FunctionalInterface
public interface Heartbeats {
  /** Sends nothing. */
  Heartbeats NONE = source -> Pulse.SILENT;

  /** Starts sending; the process closes it. */
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
