package dev.lectern.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/** How a command reaches Kafka. */
final class ConnectionOptions {
  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT,...",
      description =
          "Kafka brokers to ask first." + " Default: " + RoleSettings.DEFAULT_BOOTSTRAP_SERVERS)
  private String bootstrapServers;

  @Option(
      names = "--kafka",
      paramLabel = "KEY=VALUE",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "A Kafka client property, e.g. security.protocol=SSL; the same as a key under kafka: in"
              + " --config. Repeatable.")
  private Map<String, String> kafka = new LinkedHashMap<>();

  /** What was given, as {@code key=YAML}. */
  List<String> asSettings() {
    List<String> pairs = new ArrayList<>();
    if (bootstrapServers != null) {
      pairs.add("bootstrap-servers=" + RoleSettings.json(bootstrapServers));
    }
    kafka.forEach((key, value) -> pairs.add("kafka." + key + "=" + RoleSettings.json(value)));
    return pairs;
  }

  /** Client properties of a command without settings of its own. */
  Map<String, Object> clientProperties() {
    Map<String, Object> properties = new HashMap<>(kafka);
    properties.put(
        CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
        bootstrapServers == null ? RoleSettings.DEFAULT_BOOTSTRAP_SERVERS : bootstrapServers);
    return properties;
  }
}
