package dev.lectern.schemas.config;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A value of another type than its key's, in the user's words. */
final class TypeMismatch {
  private TypeMismatch() {}

  /**
   * What was found and what would fit; nothing for types that have no plain name.
   *
   * @param root of the tree that was to be bound
   */
  static Optional<String> describe(MismatchedInputException e, JsonNode root) {
    Class<?> type = e.getTargetType();
    return type == null
        ? Optional.empty()
        : expected(type).map(expected -> found(at(root, e), type) + ", expected " + expected);
  }

  private static JsonNode at(JsonNode root, MismatchedInputException e) {
    JsonNode node = root;
    for (JsonMappingException.Reference step : e.getPath()) {
      node =
          step.getFieldName() == null ? node.path(step.getIndex()) : node.path(step.getFieldName());
    }
    return node;
  }

  private static String found(JsonNode node, Class<?> type) {
    if (node.isArray()) {
      return "found a list";
    }
    return node.isObject()
        ? "found key: value pairs"
        : "found '" + node.asText() + "'" + hint(node.asText(), type);
  }

  private static String hint(String found, Class<?> type) {
    return type.isEnum() ? Nearest.hint(found.toLowerCase(Locale.ROOT), words(type)) : "";
  }

  private static List<String> words(Class<?> type) {
    return Stream.of(type.getEnumConstants())
        .map(word -> word.toString().toLowerCase(Locale.ROOT))
        .toList();
  }

  private static Optional<String> expected(Class<?> type) {
    if (type.isEnum()) {
      return Optional.of(String.join(", ", words(type)));
    }
    if (List.of(Integer.class, int.class, Long.class, long.class).contains(type)) {
      return Optional.of("a whole number");
    }
    if (List.of(Double.class, double.class, Float.class, float.class).contains(type)) {
      return Optional.of("a number");
    }
    if (type == Boolean.class || type == boolean.class) {
      return Optional.of("true or false");
    }
    if (type == String.class) {
      return Optional.of("text");
    }
    if (Collection.class.isAssignableFrom(type) || type.isArray()) {
      return Optional.of("a list");
    }
    if (Map.class.isAssignableFrom(type) || type.isRecord()) {
      return Optional.of("key: value pairs");
    }
    return Optional.empty();
  }
}
