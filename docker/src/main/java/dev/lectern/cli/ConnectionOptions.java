package dev.lectern.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/** How a command reaches Kafka. */
final class ConnectionOptions {
  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT,...",
      description = "Kafka brokers to ask first.")
  private String bootstrapServers;

  @Option(
      names = "--kafka",
      paramLabel = "KEY=VALUE",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "A Kafka client property, e.g. security.protocol=SSL; the same as a key under kafka: in"
              + " --config. Repeatable.")
  private Map<String, String> kafka = new LinkedHashMap<>();

  /** Null where not given. */
  String bootstrapServers() {
    return bootstrapServers;
  }

  Map<String, String> kafka() {
    return kafka;
  }
}
