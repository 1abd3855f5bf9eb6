package dev.lectern.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Brings the three sources of a role's settings together: the YAML file, then {@code --set}, then
 * the role's own options, each winning over the one before.
 *
 * <p>An option is a setting when it stands in an argument group of its command; its key is its long
 * name without the dashes.
 */
final class RoleSettings {
  private static final Logger LOG = LoggerFactory.getLogger(RoleSettings.class);
  private static final JsonMapper JSON = new JsonMapper();
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final Pattern SECRET =
      Pattern.compile("password|secret|token|credential|jaas|private|\\.key$");

  private RoleSettings() {}

  /**
   * Binds the settings of a command that is being executed, and logs them.
   *
   * @throws UserMistakeException if a key is unknown or a value does not fit
   */
  static <T> T bind(
      CommandSpec spec, ConnectionOptions connection, SettingOptions settings, Class<T> type) {
    List<String> overrides = new ArrayList<>(settings.set());
    if (connection.bootstrapServers() != null) {
      overrides.add("bootstrap-servers=" + json(connection.bootstrapServers()));
    }
    connection.kafka().forEach((key, value) -> overrides.add("kafka." + key + "=" + json(value)));
    overrides.addAll(given(spec));
    T bound =
        settings.config() == null
            ? ConfigLoader.bind("", overrides, type, "settings of lectern " + spec.name())
            : ConfigLoader.load(settings.config(), overrides, type);
    LOG.info("{} settings: {}", spec.name(), describe(bound));
    return bound;
  }

  /** The options that the user gave and that are settings, as {@code key=YAML}. */
  static List<String> given(CommandSpec spec) {
    List<String> pairs = new ArrayList<>();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      if (option.group() != null) {
        pairs.add(option.longestName().replaceFirst("^--", "") + "=" + yaml(option));
      }
    }
    return pairs;
  }

  private static String yaml(OptionSpec option) {
    Object value = option.getValue();
    return json(
        value instanceof Collection<?> many
            ? many.stream().map(RoleSettings::plain).toList()
            : plain(value));
  }

  private static Object plain(Object value) {
    if (value instanceof Number || value instanceof Boolean || value instanceof Map) {
      return value;
    }
    return value instanceof Enum<?> e ? e.name().toLowerCase(Locale.ROOT) : value.toString();
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a setting: " + value, e);
    }
  }

  /** Every setting as {@code key=value}, nested keys joined with dots, secrets masked. */
  static String describe(Object settings) {
    try {
      Map<String, String> flat = new TreeMap<>();
      flatten("", YAML.readTree(ConfigLoader.toYaml(settings)), flat);
      List<String> pairs = new ArrayList<>();
      flat.forEach((key, value) -> pairs.add(key + "=" + masked(key, value)));
      return String.join(" ", pairs);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("settings are not YAML", e);
    }
  }

  private static String masked(String key, String value) {
    return SECRET.matcher(key.toLowerCase(Locale.ROOT)).find() ? "***" : value;
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
