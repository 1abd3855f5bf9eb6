package dev.lectern.schemas.topic;

import dev.lectern.schemas.serde.WireForm;
import java.util.Map;
import org.apache.kafka.common.serialization.Serde;

/**
 * One topic as all roles agree on it.
 *
 * @param name the topic's name
 * @param key how keys are written
 * @param value how values are written
 * @param settings topic configuration at creation
 */
public record Topic<K, V>(String name, Serde<K> key, Serde<V> value, Map<String, String> settings) {
  public Topic {
    settings = Map.copyOf(settings);
  }

  /** This topic, read and written in the form that client properties ask for. */
  public Topic<K, V> in(WireForm form) {
    return new Topic<>(name, key, form.of(value), settings);
  }
}
