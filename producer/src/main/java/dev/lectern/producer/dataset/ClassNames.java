package dev.lectern.producer.dataset;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.JsonError;
import dev.lectern.schemas.config.StrictYaml;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.config.Utf8;
import dev.lectern.schemas.config.WholeNumber;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The classes of a dataset, listed in a file. */
public final class ClassNames {
  private static final YAMLMapper YAML = new YAMLMapper();

  private ClassNames() {}

  /**
   * Reads a YAML or JSON file (ending {@code .yaml}, {@code .yml} or {@code .json}) that is a list
   * or whose key {@code names} is one, or a map from 0, 1, 2, ...; any other file is text with one
   * name per line.
   *
   * @throws UserMistakeException if the file cannot be read or does not list the names
   */
  public static List<String> read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException("class names file " + file + ": " + FileError.noFile(file));
    }
    String text = Utf8.read(file, "class names file");
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    List<String> names =
        name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json")
            ? ofYaml(text, file)
            : ofLines(text, file);
    return checked(names, "class names file " + file);
  }

  private static List<String> ofLines(String text, Path file) {
    List<String> lines = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    String reason = null;
    String shown = lines.isEmpty() ? "" : lines.get(0);
    Optional<String> comment = lines.stream().filter(line -> line.startsWith("#")).findFirst();
    if (comment.isPresent()) {
      reason = "found what looks like a comment";
      shown = comment.get();
    } else if (lines.stream().anyMatch(line -> line.matches("(classes|names)\\s*=.*"))) {
      reason = "found a data file of Darknet, whose key names gives the file of the names";
    } else if (lines.size() == 1 && lines.get(0).contains(",")) {
      reason = "found one line with commas";
    } else if (lines.size() > 1
        && IntStream.range(0, lines.size())
            .allMatch(i -> lines.get(i).matches("['\"]?" + i + "['\"]?[\\s:,;]+\\S.*"))) {
      reason = "found the number of the class before each name";
    }
    if (reason != null) {
      throw new UserMistakeException(
          "class names file "
              + file
              + ": "
              + reason
              + ", expected one name per line: '"
              + shown
              + "'");
    }
    return lines;
  }

  /**
   * @throws UserMistakeException if there is no name, or one twice
   */
  static List<String> checked(List<String> names, String where) {
    if (names.isEmpty()) {
      throw new UserMistakeException(where + ": found no class name");
    }
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new UserMistakeException(where + ": found class '" + name + "' twice");
      }
    }
    return List.copyOf(names);
  }

  /** Equal for names that differ in case, blanks and punctuation only. */
  static String letters(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[\\s\\p{Punct}]", "");
  }

  /** Classes that are probably one, as {@code 'cat' and 'Cat'}; empty if there are none. */
  static List<String> nearlyEqual(List<String> names) {
    Map<String, List<String>> byLetters = new LinkedHashMap<>();
    names.forEach(
        name ->
            byLetters.computeIfAbsent(letters(name), n -> new ArrayList<>()).add("'" + name + "'"));
    return byLetters.entrySet().stream()
        .filter(same -> same.getValue().size() > 1 && !same.getKey().isEmpty())
        .map(same -> String.join(" and ", same.getValue()))
        .toList();
  }

  private static List<String> ofYaml(String text, Path file) {
    JsonNode root;
    try {
      root = StrictYaml.readTexts(YAML, text, "class names file " + file);
    } catch (JsonProcessingException e) {
      throw new UserMistakeException(
          "class names file " + file + ": not YAML: " + JsonError.at(e), e);
    }
    if (root.has("kpt_shape")) {
      throw new UserMistakeException(
          "class names file "
              + file
              + ": found kpt_shape, the labels have key points; expected labels of boxes or polygons");
    }
    JsonNode names = root.isArray() ? root : root.path("names");
    List<String> listed = listed(names, file);
    Long count = WholeNumber.of(root.path("nc").asText());
    if (count != null && count != listed.size()) {
      throw new UserMistakeException(
          "class names file "
              + file
              + ": found nc "
              + count
              + " and "
              + listed.size()
              + " names, expected as many");
    }
    return listed;
  }

  private static List<String> listed(JsonNode names, Path file) {
    if (names.isArray()) {
      List<String> list = new ArrayList<>();
      names.forEach(name -> list.add(name(name, file)));
      return list;
    }
    if (!names.isObject()) {
      throw new UserMistakeException(
          "class names file " + file + ": expected the key 'names' with a list or a map");
    }
    TreeMap<Long, String> byLabel = new TreeMap<>();
    names
        .properties()
        .forEach(
            entry -> {
              Long label = WholeNumber.of(entry.getKey());
              if (label == null) {
                throw new UserMistakeException(
                    "class names file "
                        + file
                        + ": found key '"
                        + entry.getKey()
                        + "' in names, expected 0, 1, 2, ...");
              }
              byLabel.put(label, name(entry.getValue(), file));
            });
    if (!byLabel.isEmpty()
        && (byLabel.firstKey() != 0 || byLabel.lastKey() != byLabel.size() - 1)) {
      throw new UserMistakeException(
          "class names file "
              + file
              + ": found labels "
              + byLabel.firstKey()
              + " to "
              + byLabel.lastKey()
              + " for "
              + byLabel.size()
              + " names, expected 0, 1, 2, ... without gaps");
    }
    return List.copyOf(byLabel.values());
  }

  private static String name(JsonNode node, Path file) {
    if (!node.isValueNode() || node.isNull() || node.asText().isBlank()) {
      throw new UserMistakeException(
          "class names file " + file + ": found " + node + " among the names, expected a text");
    }
    return node.asText().strip();
  }
}
