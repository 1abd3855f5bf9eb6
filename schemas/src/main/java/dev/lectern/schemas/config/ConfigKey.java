package dev.lectern.schemas.config;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A key of a configuration record with what its {@link Key} states.
 *
 * @param name in kebab-case
 * @param type of its values
 * @param key what it states; empty where the record states nothing
 * @param file that it names a file; empty where it does not, or its type says so
 */
public record ConfigKey(String name, Type type, Optional<Key> key, Optional<FileName> file) {
  /** The keys of a record in their order; those of unwrapped components stand in its place. */
  public static List<ConfigKey> of(Class<?> record) {
    List<ConfigKey> keys = new ArrayList<>();
    for (RecordComponent component : record.getRecordComponents()) {
      if (component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)) {
        keys.addAll(of(component.getType()));
      } else {
        keys.add(
            new ConfigKey(
                PropertyNamingStrategies.KebabCaseStrategy.INSTANCE.translate(component.getName()),
                component.getGenericType(),
                Optional.ofNullable(component.getAnnotation(Key.class)),
                Optional.ofNullable(component.getAnnotation(FileName.class))));
      }
    }
    return keys;
  }

  /** What it means; empty if nothing is stated. */
  public String meaning() {
    return key.map(Key::meaning).orElse("");
  }

  /** Whether it must be stated. */
  public boolean isRequired() {
    return key.map(Key::required).orElse(false);
  }

  /** The default as YAML; empty for null. */
  public String defaultValue() {
    if (isRequired()) {
      return "";
    }
    return key.map(Key::defaultsTo)
        .filter(text -> !text.isEmpty())
        .orElse(choices().isEmpty() || dependsOnOthers() ? "" : choices().get(0));
  }

  private boolean dependsOnOthers() {
    return key.map(Key::shownDefault).filter(text -> !text.isEmpty()).isPresent();
  }

  /** The default as documentation shows it. */
  public String shownDefault() {
    if (isRequired()) {
      return "required";
    }
    return key.map(Key::shownDefault).filter(text -> !text.isEmpty()).orElseGet(this::defaultValue);
  }

  /** The allowed values of a stated enumeration, in lower case; else empty. */
  public List<String> choices() {
    if (key.isEmpty() || !(type instanceof Class<?> raw) || !raw.isEnum()) {
      return List.of();
    }
    return key.get().choices().length > 0
        ? List.of(key.get().choices())
        : Stream.of(raw.getEnumConstants())
            .map(value -> value.toString().toLowerCase(Locale.ROOT))
            .toList();
  }

  /** What is allowed, in words; empty where anything of the type is. */
  public String range() {
    if (!choices().isEmpty()) {
      return "one of " + String.join(", ", choices());
    }
    if (key.isEmpty() || !(isWhole() || isNumber())) {
      return "";
    }
    String bounds = bounds(key.get());
    return !isWhole() ? bounds : bounds.isEmpty() ? "a whole number" : "a whole number, " + bounds;
  }

  private static String bounds(Key key) {
    if (key.above() > Double.NEGATIVE_INFINITY) {
      return "more than "
          + shown(key.above())
          + (key.max() < Double.POSITIVE_INFINITY ? ", at most " + shown(key.max()) : "");
    }
    if (key.below() < Double.POSITIVE_INFINITY) {
      return shown(key.min()) + " to below " + shown(key.below());
    }
    if (key.min() == Double.NEGATIVE_INFINITY && key.max() == Double.POSITIVE_INFINITY) {
      return "";
    }
    return key.max() < Double.POSITIVE_INFINITY
        ? shown(key.min()) + " to " + shown(key.max())
        : shown(key.min()) + " or more";
  }

  /** What is wrong with a value that stands in a configuration. */
  Optional<String> problem(JsonNode value) {
    if (range().isEmpty() || isAllowed(value)) {
      return Optional.empty();
    }
    String hint =
        value.isTextual() ? Nearest.hint(value.asText().toLowerCase(Locale.ROOT), choices()) : "";
    return Optional.of("found " + shown(value) + hint + ", expected " + range());
  }

  /** A value as messages show it. */
  static String shown(JsonNode value) {
    return value.isTextual() ? "'" + value.asText() + "'" : value.toString();
  }

  private boolean isAllowed(JsonNode value) {
    if (!choices().isEmpty()) {
      return value.isTextual() && choices().contains(value.asText().toLowerCase(Locale.ROOT));
    }
    double number = value.asDouble();
    return (isWhole() ? value.isIntegralNumber() : value.isNumber())
        && Double.isFinite(number)
        && number >= key.orElseThrow().min()
        && number > key.orElseThrow().above()
        && number <= key.orElseThrow().max()
        && number < key.orElseThrow().below();
  }

  private boolean isWhole() {
    return List.<Type>of(int.class, Integer.class, long.class, Long.class).contains(type);
  }

  private boolean isNumber() {
    return List.<Type>of(double.class, Double.class, float.class, Float.class).contains(type);
  }

  private static String shown(double bound) {
    return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
  }
}
