package dev.lectern.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Secrets;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.serde.SchemaRegistry;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.CommonClientConfigs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The settings of a role, from three sources: the YAML file, then {@code --set}, then the role's
 * own options, each winning over the one before.
 *
 * <p>An option is a setting when it stands in an argument group of its command; its key is its long
 * name without the dashes. The keys {@code bootstrap-servers} and {@code kafka} are understood for
 * every role.
 *
 * @param config the role's own settings
 * @param kafka Kafka client properties, with {@code bootstrap.servers}
 */
record RoleSettings<T>(T config, Map<String, Object> kafka) {
  static final String DEFAULT_BOOTSTRAP_SERVERS = "127.0.0.1:9092";

  private static final Logger LOG = LoggerFactory.getLogger(RoleSettings.class);
  private static final String BOOTSTRAP_SERVERS = "bootstrap-servers";
  private static final String KAFKA = "kafka";
  private static final JsonMapper JSON = new JsonMapper();
  private static final YAMLMapper YAML = new YAMLMapper();

  RoleSettings {
    kafka = Map.copyOf(kafka);
  }

  /** The default broker: the one that the environment names, or this machine. */
  static String defaultBootstrapServers() {
    return bootstrapServersOfEnvironment().orElse(DEFAULT_BOOTSTRAP_SERVERS);
  }

  /**
   * Client properties where nothing is given: the default broker, the registry of the environment.
   */
  static Map<String, Object> defaultConnection() {
    Map<String, Object> properties = new HashMap<>();
    properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, defaultBootstrapServers());
    Optional.ofNullable(System.getenv("LECTERN_SCHEMA_REGISTRY"))
        .ifPresent(address -> properties.put(SchemaRegistry.URL_CONFIG, address));
    return properties;
  }

  static Optional<String> bootstrapServersOfEnvironment() {
    return Optional.ofNullable(System.getenv("LECTERN_BOOTSTRAP_SERVERS"))
        .filter(servers -> !servers.isBlank());
  }

  /**
   * Binds the settings of a command that is being executed, and logs them.
   *
   * @param further {@code key=value} pairs that options stand for in another form
   * @throws UserMistakeException if a key is unknown or a value does not fit
   */
  static <T> RoleSettings<T> bind(
      CommandSpec spec,
      ConnectionOptions connection,
      SettingOptions settings,
      List<String> further,
      Class<T> type) {
    List<String> overrides = new ArrayList<>(settings.set());
    overrides.addAll(connection.asSettings());
    overrides.addAll(given(spec));
    overrides.addAll(further);
    String where = "settings of lectern " + spec.name();
    if (settings.config() != null) {
      where = settings.config().toString();
    }
    ObjectNode tree = ConfigLoader.tree(settings.config(), overrides, type);
    Map<String, Object> kafka = clientProperties(tree, where);
    addConnection(kafka, tree, type);
    T config = ConfigLoader.bind(yaml(tree), List.of(), type, where);
    tree.remove(KAFKA);
    LOG.info("{} settings: {}", spec.name(), describe(tree, kafka));
    LOG.debug("{} settings with all defaults: {}", spec.name(), describe(config, kafka));
    return new RoleSettings<>(config, kafka);
  }

  /** Takes the connection's keys out of the tree. */
  private static Map<String, Object> clientProperties(ObjectNode tree, String where) {
    Map<String, Object> properties = defaultConnection();
    JsonNode own = tree.remove(KAFKA);
    if (own != null && !own.isObject()) {
      throw new UserMistakeException(
          where + ": kafka: found a value, expected Kafka client properties as key: value pairs");
    }
    if (own != null) {
      own.properties()
          .forEach(
              p -> {
                Secrets.requireKafkaKey(p.getKey(), where + ": kafka");
                requireFlat(p.getKey(), p.getValue(), where);
                properties.put(p.getKey(), p.getValue().asText());
              });
    }
    JsonNode servers = tree.remove(BOOTSTRAP_SERVERS);
    if (servers != null) {
      properties.put(
          CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
          servers.isArray()
              ? String.join(",", JSON.convertValue(servers, String[].class))
              : servers.asText());
    }
    return properties;
  }

  private static void requireFlat(String key, JsonNode value, String where) {
    if (value.isContainerNode()) {
      String inner = value.isObject() && !value.isEmpty() ? value.fieldNames().next() : "...";
      throw new UserMistakeException(
          where
              + ": kafka."
              + key
              + ": found "
              + (value.isArray() ? "a list" : "nested keys")
              + ", expected one key and its value in a line, as "
              + (value.isArray() ? key + ": a,b" : "'" + key + "." + inner + ": ...'"));
    }
  }

  /** For a role whose own settings have the connection among them. */
  private static void addConnection(Map<String, Object> kafka, ObjectNode tree, Class<?> type) {
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getName().equals("bootstrapServers")) {
        tree.set(
            BOOTSTRAP_SERVERS,
            JSON.valueToTree(kafka.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)));
      } else if (component.getName().equals(KAFKA)) {
        Map<String, Object> others = new HashMap<>(kafka);
        others.remove(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG);
        tree.set(KAFKA, JSON.valueToTree(others));
      }
    }
  }

  /** The options that the user gave and that are settings, as {@code key=YAML}. */
  private static List<String> given(CommandSpec spec) {
    List<String> pairs = new ArrayList<>();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      if (option.group() != null) {
        pairs.add(
            option.longestName().replaceFirst("^--", "") + "=" + json(plain(option.getValue())));
      }
    }
    return pairs;
  }

  private static Object plain(Object value) {
    if (value instanceof Collection<?> many) {
      return many.stream().map(RoleSettings::plain).toList();
    }
    if (value instanceof Number || value instanceof Boolean || value instanceof Map) {
      return value;
    }
    return value instanceof Enum<?> e ? e.toString().toLowerCase(Locale.ROOT) : value.toString();
  }

  /** A value as JSON, which is YAML too. */
  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a setting: " + value, e);
    }
  }

  private static String yaml(JsonNode tree) {
    try {
      return YAML.writeValueAsString(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("settings are not YAML", e);
    }
  }

  /**
   * Every setting as {@code key=value}, nested keys joined with dots, secrets masked. Kafka
   * properties whose very names may be slipped secrets are counted.
   */
  static String describe(Object config, Map<String, Object> kafka) {
    try {
      Map<String, String> flat = new TreeMap<>();
      flatten("", YAML.readTree(ConfigLoader.toYaml(config)), flat);
      flat.replaceAll((key, value) -> Secrets.isNamedSecret(key) ? Secrets.MASK : value);
      kafka.forEach(
          (key, value) -> {
            if (Secrets.isKafkaName(key)) {
              flat.put(
                  KAFKA + "." + key, Secrets.isOpenKafkaKey(key) ? value.toString() : Secrets.MASK);
            }
          });
      long others = kafka.keySet().stream().filter(key -> !Secrets.isKafkaName(key)).count();
      if (others > 0) {
        flat.put("other Kafka properties", String.valueOf(others));
      }
      return flat.entrySet().stream()
          .map(pair -> pair.getKey() + "=" + pair.getValue())
          .collect(Collectors.joining(" "));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("settings are not YAML", e);
    }
  }

  private static void flatten(String prefix, JsonNode node, Map<String, String> flat) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              f ->
                  flatten(
                      prefix.isEmpty() ? f.getKey() : prefix + "." + f.getKey(),
                      f.getValue(),
                      flat));
    } else if (!node.isNull()) {
      flat.put(prefix, node.isValueNode() ? node.asText() : node.toString());
    }
  }
}
