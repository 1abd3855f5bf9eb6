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
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The classes of a dataset, listed in a file. */
public final class ClassNames {
  private static final YAMLMapper YAML = new YAMLMapper();

  private static final String UNSEEN = "[\\s\\p{Z}\\p{Cf}]";

  private static final Pattern ENDS = Pattern.compile("^" + UNSEEN + "+|" + UNSEEN + "+$");

  private static final Pattern NUMBERED = Pattern.compile("['\"]?(\\d{1,9})['\"]?[\\s:,;]+\\S.*");

  private ClassNames() {}

  /**
   * Reads a YAML or JSON file (ending {@code .yaml}, {@code .yml} or {@code .json}) that is a list
   * or whose key {@code names} is one, or a map from 0, 1, 2, ...; any other file is text with one
   * name per line, none of them blank.
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
    List<String> lines = new ArrayList<>(text.lines().map(ClassNames::stripped).toList());
    while (!lines.isEmpty() && lines.get(lines.size() - 1).isEmpty()) {
      lines.remove(lines.size() - 1);
    }
    String reason = null;
    String shown = lines.isEmpty() ? "" : lines.get(0);
    Optional<String> comment = lines.stream().filter(line -> line.startsWith("#")).findFirst();
    if (comment.isPresent()) {
      reason = "found what looks like a comment";
      shown = comment.get();
    } else if (lines.stream().anyMatch(line -> line.matches("names\\s*:.*"))) {
      reason = "found YAML, whose file names end in .yaml";
    } else if (lines.contains("")) {
      reason = "found nothing in line " + (lines.indexOf("") + 1);
    } else if (lines.stream().anyMatch(line -> line.matches("(classes|names)\\s*=.*"))) {
      reason = "found a data file of Darknet, whose key names gives the file of the names";
    } else if (lines.size() == 1 && lines.get(0).contains(",")) {
      reason = "found one line with commas";
    } else if (areNumbered(lines)) {
      reason =
          "found the number of the class before each name"
              + (shown.matches("\\D?0+\\D.*")
                  ? ""
                  : ", where the first line is class 0 (names that begin so: a list in YAML)");
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

  /** Whether consecutive numbers precede the names. */
  private static boolean areNumbered(List<String> lines) {
    Long first = null;
    for (int i = 0; i < lines.size(); i++) {
      Matcher line = NUMBERED.matcher(lines.get(i));
      if (!line.matches()) {
        return false;
      }
      long number = Long.parseLong(line.group(1));
      first = first == null ? Long.valueOf(number) : first;
      if (number != first + i) {
        return false;
      }
    }
    return lines.size() > 1;
  }

  /**
   * @throws UserMistakeException if there is no name, or one twice
   */
  static List<String> checked(List<String> given, String where) {
    List<String> names = given.stream().map(ClassNames::stripped).toList();
    if (names.isEmpty()) {
      throw new UserMistakeException(where + ": found no class name");
    }
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new UserMistakeException(where + ": found class '" + name + "' twice");
      }
    }
    return names;
  }

  /** A name without what nobody sees at its ends: blanks of every kind, marks of byte order. */
  static String stripped(String name) {
    return ENDS.matcher(name).replaceAll("");
  }

  /**
   * Equal for names that differ in case, blanks, punctuation and how accents are composed only; a
   * name of nothing else is itself.
   */
  static String letters(String name) {
    String letters =
        Normalizer.normalize(name, Normalizer.Form.NFKC)
            .toLowerCase(Locale.ROOT)
            .replaceAll("\\p{Punct}|\\p{P}|" + UNSEEN, "");
    return letters.isEmpty() ? name : letters;
  }

  /** Classes that are probably one, as {@code 'cat' and 'Cat'}; empty if there are none. */
  static List<String> nearlyEqual(List<String> names) {
    Map<String, List<String>> byLetters = new LinkedHashMap<>();
    names.forEach(
        name ->
            byLetters.computeIfAbsent(letters(name), n -> new ArrayList<>()).add("'" + name + "'"));
    return byLetters.entrySet().stream()
        .filter(same -> same.getValue().size() > 1)
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
    if (!node.isValueNode() || node.isNull() || stripped(node.asText()).isEmpty()) {
      throw new UserMistakeException(
          "class names file " + file + ": found " + node + " among the names, expected a text");
    }
    return stripped(node.asText());
  }
}
