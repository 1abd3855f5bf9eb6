package dev.lectern.cli;

import dev.lectern.schemas.config.Secrets;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.serde.SchemaRegistry;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.clients.CommonClientConfigs;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/** How a command reaches Kafka. */
public final class ConnectionOptions {
  /** A day, in seconds. */
  private static final int MAX_BROKER_TIMEOUT = 86_400;

  private static final int DEFAULT_REQUEST_TIMEOUT_MS = 30_000;

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT,...",
      description =
          "Kafka brokers to ask first. Default: $LECTERN_BOOTSTRAP_SERVERS, or "
              + RoleSettings.DEFAULT_BOOTSTRAP_SERVERS)
  private String bootstrapServers;

  @Option(
      names = "--kafka-properties",
      paramLabel = "FILE",
      description =
          "Kafka client properties as KEY=VALUE lines, the file that Kafka's own tools take with"
              + " --command-config: keeps secrets off the command line. --kafka wins over it.")
  private Path propertiesFile;

  @Option(
      names = "--kafka",
      paramLabel = "KEY=VALUE",
      showDefaultValue = Help.Visibility.NEVER,
      description =
          "A Kafka client property, e.g. security.protocol=SSL; the same as a key under kafka: in"
              + " --config. Repeatable.")
  private Map<String, String> kafka = new LinkedHashMap<>();

  @Option(
      names = "--schema-registry",
      paramLabel = "URL",
      description =
          "Write records for a schema registry with Confluent's REST interface, e.g."
              + " http://127.0.0.1:8080/apis/ccompat/v7 (Apicurio), and read those that were"
              + " written so. Default: $LECTERN_SCHEMA_REGISTRY, or none")
  private String schemaRegistry;

  @Option(
      names = "--broker-timeout",
      paramLabel = "SECONDS",
      description =
          "How long to wait for a broker that is away. Default: 60 at the start and for commands"
              + " that end by themselves; publish, teach, ledger and train wait until they are"
              + " stopped")
  private Integer brokerTimeout;

  /** What was given, as {@code key=YAML}. */
  List<String> asSettings() {
    List<String> pairs = new ArrayList<>();
    if (bootstrapServers != null) {
      pairs.add("bootstrap-servers=" + RoleSettings.json(bootstrapServers));
    }
    properties()
        .forEach((key, value) -> pairs.add("kafka." + key + "=" + RoleSettings.json(value)));
    return pairs;
  }

  /** Whether the command line or the environment names a broker. */
  boolean isGiven() {
    return bootstrapServers != null
        || propertiesFile != null
        || kafka.containsKey(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)
        || RoleSettings.bootstrapServersOfEnvironment().isPresent();
  }

  /** What was given, as options for another command. */
  List<String> asArguments() {
    List<String> arguments = new ArrayList<>();
    if (bootstrapServers != null) {
      arguments.addAll(List.of("--bootstrap-servers", bootstrapServers));
    }
    if (propertiesFile != null) {
      arguments.addAll(List.of("--kafka-properties", propertiesFile.toString()));
    }
    if (schemaRegistry != null) {
      arguments.addAll(List.of("--schema-registry", schemaRegistry));
    }
    if (brokerTimeout != null) {
      arguments.addAll(List.of("--broker-timeout", brokerTimeout.toString()));
    }
    kafka.forEach((key, value) -> arguments.addAll(List.of("--kafka", key + "=" + value)));
    return arguments;
  }

  /** Client properties of a command without settings of its own. */
  public Map<String, Object> clientProperties() {
    Map<String, Object> properties = RoleSettings.defaultConnection();
    properties.putAll(properties());
    if (bootstrapServers != null) {
      properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    }
    return properties;
  }

  /** What {@code --broker-timeout} stands for, those of the file, those of the options. */
  private Map<String, String> properties() {
    Map<String, String> all = new LinkedHashMap<>();
    if (brokerTimeout != null) {
      if (brokerTimeout < 1 || brokerTimeout > MAX_BROKER_TIMEOUT) {
        throw new UserMistakeException(
            "--broker-timeout " + brokerTimeout + ": expected 1 to " + MAX_BROKER_TIMEOUT);
      }
      int millis = brokerTimeout * 1000;
      all.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, String.valueOf(millis));
      all.put(
          CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG,
          String.valueOf(Math.min(DEFAULT_REQUEST_TIMEOUT_MS, millis)));
    }
    if (propertiesFile != null) {
      requireFileName();
      Properties file = new Properties();
      try (Reader in = Files.newBufferedReader(propertiesFile)) {
        file.load(in);
      } catch (IOException | IllegalArgumentException e) {
        throw new UserMistakeException(
            "--kafka-properties " + propertiesFile + ": cannot be read: " + e, e);
      }
      new TreeSet<>(file.stringPropertyNames()).forEach(key -> all.put(key, file.getProperty(key)));
    }
    all.keySet()
        .forEach(key -> Secrets.requireKafkaKey(key, "--kafka-properties " + propertiesFile));
    kafka.keySet().forEach(key -> Secrets.requireKafkaKey(key, "--kafka"));
    all.putAll(kafka);
    if (schemaRegistry != null) {
      all.put(SchemaRegistry.URL_CONFIG, schemaRegistry);
    }
    return all;
  }

  /** Refuses a property in place of a file without showing it: it may be a secret. */
  private void requireFileName() {
    if (propertiesFile.toString().contains("=") && !Files.exists(propertiesFile)) {
      throw new UserMistakeException(
          "--kafka-properties: found KEY=VALUE, expected a file of such lines; put the property"
              + " into a file, or give it with --kafka");
    }
  }
}
