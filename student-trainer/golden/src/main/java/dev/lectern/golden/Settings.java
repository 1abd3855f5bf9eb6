package dev.lectern.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Settings of a reference implementation. What is read is checked off, so that a setting that
 * nothing here heeds is refused instead of ignored.
 */
public final class Settings {
  private final String path;
  private final JsonNode node;
  private final Set<String> read = new TreeSet<>();
  private final Map<String, Settings> parts = new LinkedHashMap<>();

  private Settings(String path, JsonNode node) {
    this.path = path;
    this.node = node;
  }

  /** All of a case's. */
  public static Settings of(JsonNode node) {
    return new Settings("", node);
  }

  private String name(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private JsonNode value(String key) {
    read.add(key);
    JsonNode value = node.path(key);
    return value.isNull() ? MissingNode.getInstance() : value;
  }

  /** Whether a key is there, with a value. */
  public boolean has(String key) {
    return node.hasNonNull(key);
  }

  /** A part; empty where it is not there. */
  public Settings at(String key) {
    return parts.computeIfAbsent(key, k -> new Settings(name(k), value(k)));
  }

  public double number(String key, double usual) {
    JsonNode value = value(key);
    require(value.isMissingNode() || value.isNumber(), key, "a number");
    return value.asDouble(usual);
  }

  public int integer(String key, int usual) {
    JsonNode value = value(key);
    require(value.isMissingNode() || value.isIntegralNumber(), key, "a whole number");
    return value.asInt(usual);
  }

  public boolean flag(String key, boolean usual) {
    JsonNode value = value(key);
    require(value.isMissingNode() || value.isBoolean(), key, "true or false");
    return value.asBoolean(usual);
  }

  public String text(String key, String usual) {
    return value(key).asText(usual);
  }

  public List<Double> numbers(String key, List<Double> usual) {
    JsonNode value = value(key);
    if (value.isMissingNode()) {
      return usual;
    }
    List<Double> numbers = new ArrayList<>();
    for (JsonNode number : value.isNumber() ? List.of(value) : value) {
      require(number.isNumber(), key, "numbers");
      numbers.add(number.asDouble());
    }
    return numbers;
  }

  public List<Integer> integers(String key, List<Integer> usual) {
    List<Double> wide = usual.stream().map(Integer::doubleValue).toList();
    return numbers(key, wide).stream().map(Double::intValue).toList();
  }

  /** A list of pairs of numbers. */
  public List<List<Double>> pairs(String key, List<List<Double>> usual) {
    JsonNode value = value(key);
    if (value.isMissingNode()) {
      return usual;
    }
    List<List<Double>> pairs = new ArrayList<>();
    for (JsonNode pair : value) {
      require(pair.size() == 2, key, "pairs of numbers");
      pairs.add(List.of(pair.get(0).asDouble(), pair.get(1).asDouble()));
    }
    return pairs;
  }

  /** A list as it is; empty where it is not there. */
  public JsonNode list(String key) {
    return value(key);
  }

  /** A text that is one of a map's, as what the map says. */
  public <T> T choice(String key, String usual, Map<String, T> choices) {
    String found = text(key, usual);
    require(choices.containsKey(found), key, "one of " + new TreeSet<>(choices.keySet()));
    return choices.get(found);
  }

  /** Refuses a value that is there and is not one of these, numbers by their value. */
  public void only(String key, Object... expected) {
    JsonNode value = value(key);
    boolean equal = value.isMissingNode();
    for (Object one : expected) {
      equal |=
          one instanceof Number number
              ? value.isNumber() && value.asDouble() == number.doubleValue()
              : value.asText().equals(one.toString());
    }
    require(equal, key, expected.length == 1 ? "" + expected[0] : "one of " + List.of(expected));
  }

  /** Refuses a list that is there and has a number other than this. */
  public void onlyAll(String key, double expected) {
    require(numbers(key, List.of()).stream().allMatch(n -> n == expected), key, "" + expected);
  }

  /** Keys of which no expected number depends. */
  public void ignore(String... keys) {
    read.addAll(List.of(keys));
    for (String key : keys) {
      parts.remove(key);
    }
  }

  /** Refuses a value of a key. */
  public void require(boolean holds, String key, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          name(key) + ": found " + node.path(key) + ", expected " + expected);
    }
  }

  /**
   * Refuses what nobody has read.
   *
   * @throws IllegalArgumentException that names all of it
   */
  public void requireAllRead() {
    List<String> unread = new ArrayList<>();
    collect(unread);
    if (!unread.isEmpty()) {
      throw new IllegalArgumentException(
          "settings that this version does not heed: " + String.join(", ", unread));
    }
  }

  private void collect(List<String> unread) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!read.contains(entry.getKey()) && !entry.getValue().isNull()) {
        unread.add(name(entry.getKey()) + " " + entry.getValue());
      }
    }
    parts.values().forEach(part -> part.collect(unread));
  }
}
