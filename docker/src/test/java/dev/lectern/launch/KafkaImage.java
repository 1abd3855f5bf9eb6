package dev.lectern.launch;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How the image {@code apache/kafka} turns its environment into broker settings. */
final class KafkaImage {
  private static final String PREFIX = "KAFKA_";

  private KafkaImage() {}

  static Map<String, String> settings(ComposeFile compose, String service) {
    Map<String, String> settings = new TreeMap<>();
    compose
        .environment(service)
        .forEach(
            (name, value) -> {
              if (name.startsWith(PREFIX) && !name.equals("KAFKA_OPTS")) {
                settings.put(setting(name), value);
              }
            });
    return settings;
  }

  /**
   * {@code KAFKA_LOG_DIRS} to {@code log.dirs}; two underscores stand for one, three for a dash.
   */
  static String setting(String variable) {
    return variable
        .substring(PREFIX.length())
        .toLowerCase(Locale.ROOT)
        .replace("___", "-")
        .replace("__", "\0")
        .replace('_', '.')
        .replace('\0', '_');
  }
}
