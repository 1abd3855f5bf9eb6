package dev.lectern.trainer.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The keys in which two settings differ, each with its two values. */
final class KeyDifferences {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final String NOTHING = "nothing";

  private KeyDifferences() {}

  /**
   * {@code optimizer.learning-rate is 0.02, was 0.01} for each key.
   *
   * @param name of the setting
   * @param written YAML or a text; null if there was none
   * @param value likewise
   */
  static List<String> of(String name, String written, String value) {
    SortedMap<String, String> before = keys(name, written);
    SortedMap<String, String> now = keys(name, value);
    SortedSet<String> all = new TreeSet<>(before.keySet());
    all.addAll(now.keySet());
    List<String> differences = new ArrayList<>();
    for (String key : all) {
      String is = now.getOrDefault(key, NOTHING);
      String was = before.getOrDefault(key, NOTHING);
      if (!is.equals(was)) {
        differences.add(key + " is " + is + ", was " + was);
      }
    }
    return differences;
  }

  private static SortedMap<String, String> keys(String name, String text) {
    SortedMap<String, String> keys = new TreeMap<>();
    if (text == null) {
      return keys;
    }
    JsonNode tree;
    try {
      tree = YAML.readTree(text);
    } catch (JsonProcessingException e) {
      tree = null;
    }
    if (tree == null || !tree.isContainerNode()) {
      keys.put(name, text.strip());
    } else {
      flatten(name, tree, keys);
    }
    return keys;
  }

  private static void flatten(String path, JsonNode node, SortedMap<String, String> keys) {
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        flatten(path + "." + field.getKey(), field.getValue(), keys);
      }
    } else if (node.isArray() && node.size() > 0 && node.get(0).isContainerNode()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(path + "." + i, node.get(i), keys);
      }
    } else if (!node.isNull()) {
      keys.put(path, node.isTextual() ? node.asText() : node.toString());
    }
  }
}
