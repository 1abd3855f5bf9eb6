package dev.lectern.producer.dataset;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.lectern.schemas.config.JsonError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.config.Utf8;
import dev.lectern.schemas.config.WholeNumber;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;

/** The classes of a dataset, listed in a file. */
public final class ClassNames {
  private ClassNames() {}

  /**
   * Reads a YAML file (ending {@code .yaml} or {@code .yml}) whose key {@code names} is a list, or
   * a map from 0, 1, 2, ...; any other file is text with one name per line.
   *
   * @throws UserMistakeException if the file cannot be read or does not list the names
   */
  public static List<String> read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException("class names file " + file + ": not found");
    }
    String text = Utf8.read(file, "class names file");
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    List<String> names =
        name.endsWith(".yaml") || name.endsWith(".yml")
            ? ofYaml(text, file)
            : text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    return checked(names, "class names file " + file);
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

  private static List<String> ofYaml(String text, Path file) {
    JsonNode names;
    try {
      names = new YAMLMapper().readTree(text).path("names");
    } catch (JsonProcessingException e) {
      throw new UserMistakeException(
          "class names file " + file + ": not YAML: " + JsonError.at(e), e);
    }
    if (names.isArray()) {
      List<String> list = new ArrayList<>();
      names.forEach(name -> list.add(name.asText()));
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
              byLabel.put(label, entry.getValue().asText());
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
}
