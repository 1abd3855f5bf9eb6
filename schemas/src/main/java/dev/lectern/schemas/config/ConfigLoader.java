package dev.lectern.schemas.config;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Binds YAML to records: keys in kebab-case, unknown keys are mistakes, {@code --set a.b=value}
 * wins over the file.
 *
 * <p>Defaults and ranges that records state with {@link Key} are applied before anything is bound.
 * What else has to hold, records check in their compact constructors by throwing {@link
 * UserMistakeException} or {@link IllegalArgumentException}; either way the user sees one line that
 * names the file. Where one of its keys names the kind of an object ({@code JsonTypeInfo} with a
 * list of {@code JsonSubTypes}), its other keys are those of that kind. Keys may be written with
 * underscores.
 */
public final class ConfigLoader {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigLoader.class);

  private static final YAMLMapper YAML =
      YAMLMapper.builder(
              YAMLFactory.builder().disable(YAMLGenerator.Feature.USE_NATIVE_TYPE_ID).build())
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .disable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /** Below this key stand Kafka's own properties, whose names have dots. */
  private static final String KAFKA = "kafka.";

  private static final Pattern KEY = Pattern.compile("[^\\s:=\"']+");
  private static final String MISSING = "missing";

  private ConfigLoader() {}

  /**
   * Reads a file into a record. Relative names of files in it are relative to the file.
   *
   * @param overrides {@code key=value} pairs; a dot goes one level down (below {@code kafka} only
   *     the first), the value is YAML
   * @throws UserMistakeException if the file is missing or not YAML, a key is unknown, or a value
   *     does not fit
   */
  public static <T> T load(Path file, List<String> overrides, Class<T> type) {
    ObjectNode root = parse(file);
    RelativePaths.resolve(YAML, root, YAML.constructType(type), folder(file));
    return bind(root, overrides, type, file.toString());
  }

  /**
   * The settings of a file, overridden, before they are bound. File names in the file are absolute
   * then; those of the overrides are relative to the working directory.
   *
   * @param file null for none
   * @param type what they will be bound to
   */
  public static ObjectNode tree(Path file, List<String> overrides, Class<?> type) {
    ObjectNode root = YAML.createObjectNode();
    if (file != null) {
      root = parse(file);
      RelativePaths.resolve(YAML, root, YAML.constructType(type), folder(file));
    }
    for (String override : overrides) {
      apply(root, override);
    }
    return root;
  }

  /** YAML text as a tree; {@code where} names the text in messages. */
  public static ObjectNode tree(String yaml, String where) {
    return parse(yaml, where);
  }

  /**
   * Keys of a record as a tree, relative file names in it resolved against the folder of the file
   * that they stand in.
   *
   * @param type what they will be bound to
   */
  public static ObjectNode placed(Map<String, Object> keys, Path file, Class<?> type) {
    ObjectNode tree = YAML.valueToTree(keys);
    RelativePaths.resolve(YAML, tree, YAML.constructType(type), folder(file));
    return tree;
  }

  private static Path folder(Path file) {
    return file.toAbsolutePath().getParent();
  }

  private static ObjectNode parse(Path file) {
    if (!Files.isRegularFile(file)) {
      // A setting in place of a file is not shown: it may be a secret.
      throw new UserMistakeException(
          file.toString().contains("=")
              ? "--config: found KEY=VALUE, expected a file; --set takes KEY=VALUE"
              : "config file " + file + ": not found");
    }
    try {
      return parse(Files.readString(file), file.toString());
    } catch (CharacterCodingException e) {
      throw new UserMistakeException("config file " + file + ": found no UTF-8 text", e);
    } catch (IOException e) {
      throw new UserMistakeException(
          "config file " + file + ": cannot be read: " + FileError.reason(e), e);
    }
  }

  /** A record of YAML text that is part of the program, e.g. {@code {name: cosine}}. */
  public static <T> T of(String yaml, Class<T> type) {
    return bind(yaml, List.of(), type, type.getSimpleName());
  }

  /** An override whose value is text, such as a path. */
  public static String setting(String key, Object text) {
    try {
      return key + "=" + json().writeValueAsString(String.valueOf(text));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not text: " + text, e);
    }
  }

  /** Reads YAML text into a record; {@code where} names the text in messages. */
  public static <T> T bind(String yaml, List<String> overrides, Class<T> type, String where) {
    return bind(parse(yaml, where), overrides, type, where);
  }

  private static <T> T bind(ObjectNode root, List<String> overrides, Class<T> type, String where) {
    for (String override : overrides) {
      apply(root, override);
    }
    List<String> problems = new ArrayList<>();
    try {
      FormerKeys.rewrite(YAML, root, YAML.constructType(type))
          .forEach(moved -> LOG.warn("{}: key {}; the former one is still read", where, moved));
    } catch (UserMistakeException e) {
      problems.add(e.getMessage());
    }
    boolean isComplete = KnownKeys.check(YAML, root, YAML.constructType(type), problems);
    Set<String> replaced = new HashSet<>();
    while (true) {
      try {
        T bound = YAML.treeToValue(root, type);
        if (problems.isEmpty()) {
          return bound;
        }
        throw mistakes(where, problems, null);
      } catch (JsonMappingException e) {
        if (!isComplete && e.getCause() instanceof NullPointerException) {
          throw mistakes(where, problems, e); // a record cannot be made without a required key
        }
        String reason = reason(e, root);
        if (!isNamed(e, problems) && !follows(path(e), reason, replaced, problems)) {
          problems.add(atPath(e) + reason);
        }
        if (!replaced.add(path(e)) || !replace(root, e)) {
          throw mistakes(where, problems, e);
        }
      } catch (JsonProcessingException e) {
        problems.add(e.getOriginalMessage());
        throw mistakes(where, problems, e);
      }
    }
  }

  /** Whether it was said already that an object's key does not name its kind. */
  private static boolean isNamed(JsonMappingException e, List<String> problems) {
    return e instanceof InvalidTypeIdException
        && problems.stream().anyMatch(problem -> problem.startsWith(path(e) + "."));
  }

  /** Whether a mistake only shows since another value was replaced, or its key was misspelt. */
  private static boolean follows(
      String path, String reason, Set<String> replaced, List<String> problems) {
    String below = path.isEmpty() ? "" : path + ".";
    if (replaced.stream().anyMatch(other -> other.startsWith(below))) {
      return true;
    }
    String siblings = path.substring(0, path.lastIndexOf('.') + 1);
    return reason.equals(MISSING)
        && problems.stream()
            .anyMatch(p -> p.startsWith("unknown key") && p.contains("'" + siblings));
  }

  private static UserMistakeException mistakes(String where, List<String> problems, Exception e) {
    return new UserMistakeException(where + ": " + String.join("; ", problems), e);
  }

  /**
   * Puts a value that binds in place of one that does not, so that the others are still looked at;
   * false if there is none to replace.
   */
  private static boolean replace(JsonNode root, JsonMappingException e) {
    List<JsonMappingException.Reference> path = e.getPath();
    if (path.isEmpty()) {
      return false;
    }
    JsonNode parent = root;
    for (JsonMappingException.Reference step : path.subList(0, path.size() - 1)) {
      parent =
          step.getFieldName() == null
              ? parent.path(step.getIndex())
              : parent.path(step.getFieldName());
    }
    Class<?> type = e instanceof MismatchedInputException m ? m.getTargetType() : null;
    JsonNode neutral =
        type == null || !type.isPrimitive()
            ? NullNode.getInstance()
            : type == boolean.class ? BooleanNode.FALSE : IntNode.valueOf(0);
    JsonMappingException.Reference last = path.get(path.size() - 1);
    if (parent instanceof ObjectNode object && last.getFieldName() != null) {
      object.set(last.getFieldName(), neutral);
    } else if (parent instanceof ArrayNode array && last.getFieldName() == null) {
      array.set(last.getIndex(), neutral);
    } else {
      return false;
    }
    return true;
  }

  /** As {@link #toYaml}, with absolute file names: it may lie in any folder. */
  public static String toPlacedYaml(Object value) {
    ObjectNode tree = YAML.valueToTree(value);
    RelativePaths.resolve(YAML, tree, YAML.constructType(value.getClass()), Path.of(""));
    return toYaml(tree);
  }

  /** The record as YAML, keys in kebab-case; what a run logs at its start. */
  public static String toYaml(Object value) {
    try {
      return YAML.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not serialisable as YAML: " + value.getClass(), e);
    }
  }

  private static ObjectNode parse(String yaml, String where) {
    try {
      JsonNode node = StrictYaml.read(YAML, yaml, where);
      if (node == null || node.isMissingNode() || node.isNull()) {
        return YAML.createObjectNode();
      }
      if (!(node instanceof ObjectNode object)) {
        throw new UserMistakeException(
            where
                + ": found "
                + (node.isArray() ? "a list" : "a single value")
                + ", expected key: value pairs");
      }
      return object;
    } catch (JsonProcessingException e) {
      // The cause quotes the line, which may be a secret.
      throw new UserMistakeException(
          where + ": not YAML: line " + line(e) + ": " + firstLine(e.getOriginalMessage()));
    }
  }

  private static void apply(ObjectNode root, String override) {
    int equals = override.indexOf('=');
    String key = override.substring(0, Math.max(0, equals));
    if (!KEY.matcher(key).matches()) {
      throw new UserMistakeException(
          "--set: expected KEY=VALUE, with a KEY without spaces, colons and quotes");
    }
    String[] keys = key.startsWith(KAFKA) ? key.split("\\.", 2) : key.split("\\.");
    ObjectNode node = root;
    for (int i = 0; i < keys.length - 1; i++) {
      JsonNode child = node.get(keys[i]);
      node = child instanceof ObjectNode object ? object : node.putObject(keys[i]);
    }
    try {
      node.set(keys[keys.length - 1], YAML.readTree(override.substring(equals + 1)));
    } catch (JsonProcessingException e) {
      throw new UserMistakeException("--set " + key + ": value is not YAML");
    }
  }

  private static String path(JsonMappingException e) {
    return e.getPath().stream()
        .map(r -> r.getFieldName() != null ? r.getFieldName() : String.valueOf(r.getIndex()))
        .collect(Collectors.joining("."));
  }

  private static String atPath(JsonMappingException e) {
    return e.getPath().isEmpty() ? "" : "key '" + path(e) + "': ";
  }

  private static String reason(JsonMappingException e, JsonNode root) {
    Throwable cause = e.getCause();
    if (cause instanceof IllegalArgumentException || cause instanceof UserMistakeException) {
      return firstLine(cause.getMessage());
    }
    if (e instanceof InvalidTypeIdException kind) {
      JsonTypeInfo info = kind.getBaseType().getRawClass().getAnnotation(JsonTypeInfo.class);
      return "expected key: value pairs, one of them '" + info.property() + "'";
    }
    if (e instanceof MismatchedInputException mismatch) {
      return mismatch.getOriginalMessage().startsWith("Cannot map `null`")
          ? MISSING
          : TypeMismatch.describe(mismatch, root).orElse(firstLine(e.getOriginalMessage()));
    }
    return firstLine(e.getOriginalMessage());
  }

  private static int line(JsonProcessingException e) {
    return e.getLocation() == null ? 0 : e.getLocation().getLineNr();
  }

  private static String firstLine(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  /** A JSON mapper with the same naming and strictness, for reports. */
  public static JsonMapper json() {
    return JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE).build();
  }
}
