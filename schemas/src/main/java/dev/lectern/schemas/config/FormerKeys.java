package dev.lectern.schemas.config;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.List;

/** Rewrites keys of earlier versions in a YAML tree, wherever its types are {@link Upgraded}. */
final class FormerKeys {
  private FormerKeys() {}

  /**
   * Rewrites them in place.
   *
   * @return one text for each key that was found
   */
  static List<String> rewrite(ObjectMapper mapper, JsonNode node, JavaType type) {
    List<String> found = new ArrayList<>();
    rewrite(mapper, node, type, "", found);
    return found;
  }

  private static void rewrite(
      ObjectMapper mapper, JsonNode node, JavaType type, String path, List<String> found) {
    if (type.isCollectionLikeType() && node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        rewrite(mapper, node.get(i), type.getContentType(), path + i + ".", found);
      }
    } else if (node instanceof ObjectNode object) {
      Upgraded upgraded = type.getRawClass().getAnnotation(Upgraded.class);
      if (upgraded != null) {
        upgrade(upgraded)
            .apply(object)
            .forEach((from, to) -> found.add("'" + path + from + "' is now '" + path + to + "'"));
      }
      if (!type.getRawClass().isRecord()) {
        return;
      }
      for (BeanPropertyDefinition property :
          mapper.getDeserializationConfig().introspect(type).findProperties()) {
        JsonNode child = object.path(property.getName());
        rewrite(mapper, child, property.getPrimaryType(), path + property.getName() + ".", found);
      }
    }
  }

  private static Upgraded.Upgrade upgrade(Upgraded upgraded) {
    try {
      Constructor<? extends Upgraded.Upgrade> made = upgraded.value().getDeclaredConstructor();
      made.setAccessible(true);
      return made.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          upgraded.value() + " has no constructor without arguments", e);
    }
  }
}
