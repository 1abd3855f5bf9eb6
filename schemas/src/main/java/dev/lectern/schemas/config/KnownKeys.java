package dev.lectern.schemas.config;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares the keys of a YAML tree with the components of the records that it is to become. */
final class KnownKeys {
  private KnownKeys() {}

  /**
   * Adds one line to {@code problems} for every record below {@code node} that has not all of its
   * keys.
   */
  static void check(
      ObjectMapper mapper, JsonNode node, JavaType type, String path, List<String> problems) {
    if (type.isCollectionLikeType() && node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        check(mapper, node.get(i), type.getContentType(), path + i + ".", problems);
      }
    } else if (type.isMapLikeType() && node.isObject()) {
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        check(
            mapper, entry.getValue(), type.getContentType(), path + entry.getKey() + ".", problems);
      }
    } else if (type.getRawClass().isRecord() && node.isObject()) {
      Map<String, JavaType> known = new TreeMap<>();
      for (BeanPropertyDefinition property :
          mapper.getDeserializationConfig().introspect(type).findProperties()) {
        known.put(property.getName(), property.getPrimaryType());
      }
      List<String> unknown = new ArrayList<>();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        String key = entry.getKey();
        if (known.containsKey(key)) {
          check(mapper, entry.getValue(), known.get(key), path + key + ".", problems);
        } else {
          unknown.add("'" + path + key + "'" + Nearest.hint(key, known.keySet()));
        }
      }
      if (!unknown.isEmpty()) {
        problems.add(
            (unknown.size() == 1 ? "unknown key " : "unknown keys ")
                + String.join(", ", unknown)
                + "; known here: "
                + String.join(", ", known.keySet()));
      }
    }
  }
}
