package dev.lectern.schemas.config;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes the file names of a configuration absolute, before it is bound. */
final class RelativePaths {
  private final ObjectMapper mapper;
  private final Path folder;

  private RelativePaths(ObjectMapper mapper, Path folder) {
    this.mapper = mapper;
    this.folder = folder.toAbsolutePath();
  }

  /** Resolves the relative file names of a tree of some type against a folder. */
  static void resolve(ObjectMapper mapper, JsonNode tree, JavaType type, Path folder) {
    new RelativePaths(mapper, folder).resolve(tree, type);
  }

  private void resolve(JsonNode node, JavaType type) {
    if (type.isCollectionLikeType() && node.isArray()) {
      node.forEach(element -> resolve(element, type.getContentType()));
    } else if (type.isMapLikeType() && node.isObject()) {
      node.forEach(value -> resolve(value, type.getContentType()));
    } else if (node instanceof ObjectNode object) {
      record(object, type.getRawClass())
          .ifPresent(
              record ->
                  ConfigKey.of(record)
                      .forEach(
                          key ->
                              Stream.of(key.name(), key.name().replace('-', '_'))
                                  .filter(object::hasNonNull)
                                  .findFirst()
                                  .ifPresent(given -> resolve(object, given, key))));
    }
  }

  private void resolve(ObjectNode object, String given, ConfigKey key) {
    JavaType type = mapper.constructType(key.type());
    JsonNode value = object.get(given);
    JavaType named = type.isCollectionLikeType() ? type.getContentType() : type;
    if (key.file().isPresent() || named.isTypeOrSubTypeOf(Path.class)) {
      if (value instanceof ArrayNode array) {
        for (int i = 0; i < array.size(); i++) {
          array.set(i, resolved(array.get(i), key));
        }
      } else {
        object.set(given, resolved(value, key));
      }
    }
    resolve(object.get(given), type);
  }

  private JsonNode resolved(JsonNode value, ConfigKey key) {
    if (!value.isTextual() || value.asText().isBlank() || value.asText().matches("[a-z]{2,}:.*")) {
      return value;
    }
    String text = value.asText();
    boolean word = !text.contains(".") && !text.contains("/");
    if (word && key.file().map(FileName::orWord).orElse(false)) {
      return value;
    }
    try {
      return TextNode.valueOf(folder.resolve(text).normalize().toString());
    } catch (InvalidPathException e) {
      return value; // who binds it says what is wrong
    }
  }

  /** The record that an object is bound to; empty where its keys are not those of one. */
  private static Optional<Class<?>> record(ObjectNode node, Class<?> type) {
    if (!type.isAnnotationPresent(JsonSubTypes.class)) {
      return type.isRecord() ? Optional.of(type) : Optional.empty();
    }
    String property = type.getAnnotation(JsonTypeInfo.class).property();
    String name = node.path(property).asText("").toLowerCase(Locale.ROOT);
    return Stream.of(type.getAnnotation(JsonSubTypes.class).value())
        .<Class<?>>map(JsonSubTypes.Type::value)
        .filter(kind -> kind.getAnnotation(JsonTypeName.class).value().equals(name))
        .findFirst();
  }
}
