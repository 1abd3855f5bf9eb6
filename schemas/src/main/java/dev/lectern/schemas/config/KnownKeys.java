package dev.lectern.schemas.config;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Compares a YAML tree with the records that it is to become: names keys that no record has and
 * values outside of the range that a {@link Key} states, and fills in the defaults that it states.
 */
final class KnownKeys {
  private final ObjectMapper mapper;
  private final List<String> problems;
  private boolean complete = true;

  private KnownKeys(ObjectMapper mapper, List<String> problems) {
    this.mapper = mapper;
    this.problems = problems;
  }

  /**
   * Checks and completes a tree; adds a line to {@code problems} for everything that is wrong.
   *
   * @return whether it has every required key
   */
  static boolean check(ObjectMapper mapper, JsonNode node, JavaType type, List<String> problems) {
    KnownKeys check = new KnownKeys(mapper, problems);
    check.check(node, type, "");
    return check.complete;
  }

  private void check(JsonNode node, JavaType type, String path) {
    if (type.isCollectionLikeType() && node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        check(node.get(i), type.getContentType(), path + i + ".");
      }
    } else if (type.isMapLikeType() && node.isObject()) {
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        check(entry.getValue(), type.getContentType(), path + entry.getKey() + ".");
      }
    } else if (node instanceof ObjectNode object) {
      if (type.getRawClass().isAnnotationPresent(JsonSubTypes.class)) {
        checkNamed(object, type.getRawClass(), path);
      } else if (type.getRawClass().isRecord()) {
        check(object, keys(type.getRawClass()), path);
      }
    }
  }

  private static Map<String, ConfigKey> keys(Class<?> record) {
    Map<String, ConfigKey> keys = new TreeMap<>();
    ConfigKey.of(record).forEach(key -> keys.put(key.name(), key));
    return keys;
  }

  private void check(ObjectNode node, Map<String, ConfigKey> known, String path) {
    List<String> unknown = new ArrayList<>();
    for (String given : List.copyOf(node.propertyStream().map(Map.Entry::getKey).toList())) {
      String key = given.replace('_', '-');
      if (!known.containsKey(key)) {
        unknown.add("'" + path + given + "'" + Nearest.hint(given, known.keySet()));
        node.remove(given);
      } else if (!key.equals(given)) {
        node.set(key, node.remove(given));
      }
    }
    if (!unknown.isEmpty()) {
      problems.add(
          (unknown.size() == 1 ? "unknown key " : "unknown keys ")
              + String.join(", ", unknown)
              + "; known here: "
              + String.join(", ", known.keySet()));
    }
    known.values().forEach(key -> checkValue(node, key, path));
  }

  private void checkValue(ObjectNode node, ConfigKey key, String path) {
    if (key.isRequired() && isBlank(node.path(key.name()))) {
      String missing = key.range().isEmpty() ? "missing" : "found nothing, expected " + key.range();
      problems.add(path + key.name() + ": " + missing);
      complete = false;
      return;
    }
    if (!node.hasNonNull(key.name())) {
      if (key.defaultValue().isEmpty()) {
        return;
      }
      node.set(key.name(), yaml(key.defaultValue()));
    }
    JsonNode value = node.get(key.name());
    if (value.isBoolean() && key.choices().contains("yes")) {
      value = TextNode.valueOf(value.asBoolean() ? "yes" : "no"); // as YAML reads these words
      node.set(key.name(), value);
    }
    Optional<String> problem = key.problem(value);
    if (problem.isPresent()) {
      problems.add(path + key.name() + ": " + problem.get());
      value = key.defaultValue().isEmpty() ? NullNode.getInstance() : yaml(key.defaultValue());
      node.set(key.name(), value);
    }
    check(value, mapper.constructType(key.type()), path + key.name() + ".");
  }

  private static boolean isBlank(JsonNode value) {
    return value.isValueNode() && value.asText("").isBlank() || value.isMissingNode();
  }

  private JsonNode yaml(String text) {
    try {
      return mapper.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the default '" + text + "' is not YAML", e);
    }
  }

  /** An object one of whose keys names its kind. */
  private void checkNamed(ObjectNode node, Class<?> type, String path) {
    Map<String, Class<?>> kinds = new LinkedHashMap<>();
    Stream.of(type.getAnnotation(JsonSubTypes.class).value())
        .forEach(
            kind ->
                kinds.put(kind.value().getAnnotation(JsonTypeName.class).value(), kind.value()));
    JsonTypeInfo info = type.getAnnotation(JsonTypeInfo.class);
    String property = info.property();
    JsonTypeName assumed = info.defaultImpl().getAnnotation(JsonTypeName.class);
    String given =
        node.path(property).asText(assumed == null || node.has(property) ? "" : assumed.value());
    String name = given.toLowerCase(Locale.ROOT);
    if (!kinds.containsKey(name)) {
      problems.add(
          path
              + property
              + ": found "
              + (given.isEmpty()
                  ? "nothing"
                  : "'" + given + "'" + Nearest.hint(name, kinds.keySet()))
              + ", expected one of "
              + String.join(", ", kinds.keySet()));
      return;
    }
    Map<String, ConfigKey> known = keys(kinds.get(name));
    refuseKeysOfOthers(node, name, known, kinds, path);
    node.remove(property);
    check(node, known, path);
    node.put(property, name);
  }

  /** A key of another kind is no slip of the keyboard. */
  private void refuseKeysOfOthers(
      ObjectNode node,
      String name,
      Map<String, ConfigKey> known,
      Map<String, Class<?>> kinds,
      String path) {
    Map<String, ConfigKey> ofOthers = new TreeMap<>();
    kinds.values().forEach(kind -> ofOthers.putAll(keys(kind)));
    ofOthers.keySet().removeAll(known.keySet());
    for (String given : node.propertyStream().map(Map.Entry::getKey).toList()) {
      String key = given.replace('_', '-');
      if (ofOthers.containsKey(key)) {
        problems.add(
            path
                + given
                + ": found "
                + ConfigKey.shown(node.remove(given))
                + ", expected none: "
                + name
                + " has no key "
                + key);
      }
    }
  }
}
