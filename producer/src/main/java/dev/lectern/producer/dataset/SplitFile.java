package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.config.Utf8;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A list of the images of a split, one per line: a name with or without ending, or a path, relative
 * or absolute, also of the machine that it was written on. VOC's lists per class have a second
 * column: 1, 0 or -1.
 */
final class SplitFile {
  private static final Pattern ABSOLUTE = Pattern.compile("/|[A-Za-z]:");

  private final Path file;
  private final Map<Integer, String> lines;

  private SplitFile(Path file, Map<Integer, String> lines) {
    this.file = file;
    this.lines = lines;
  }

  /**
   * @throws UserMistakeException if it cannot be read, is not UTF-8 or lists nothing
   */
  static SplitFile read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException("split file " + file + ": " + FileError.noFile(file));
    }
    Map<Integer, String> lines = new LinkedHashMap<>();
    int number = 0;
    for (String line : Utf8.read(file, "split file").lines().toList()) {
      number++;
      if (!line.isBlank()) {
        lines.put(number, line.strip());
      }
    }
    if (lines.isEmpty()) {
      throw new UserMistakeException(
          "split file " + file + ": found no line, expected a name each");
    }
    return new SplitFile(file, lines);
  }

  Path file() {
    return file;
  }

  /** What a line names, or null for what none of the known things is. */
  record Listed<T>(int line, String text, T thing) {}

  /**
   * What a path names.
   *
   * @param before its folders outside of those of the dataset; null if one of these is among them
   */
  private record Found<T>(String before, T thing) {}

  /**
   * What the lines name, in their order.
   *
   * @param known by path below {@code folder}, with slashes, with or without ending; accents may be
   *     composed another way than in the file
   * @param folders a path that leads out of them names nothing here
   * @throws UserMistakeException if no line names any of them
   */
  <T> List<Listed<T>> among(Map<String, T> known, Path... folders) {
    Map<String, T> things = new LinkedHashMap<>();
    known.forEach((name, thing) -> things.putIfAbsent(ImageFiles.composed(name), thing));
    Map<Integer, Found<T>> found = new HashMap<>();
    Set<String> befores = new HashSet<>();
    for (Map.Entry<Integer, String> line : lines.entrySet()) {
      Found<T> one = find(line.getValue(), things, folders);
      if (one == null) {
        one = find(line.getValue().replaceFirst("\\s+-?[01]$", ""), things, folders);
      }
      if (one != null) {
        found.put(line.getKey(), one);
        befores.add(one.before());
      }
    }
    found.values().removeIf(one -> leadsFartherDown(one.before(), befores));
    List<Listed<T>> listed = new ArrayList<>();
    lines.forEach(
        (number, text) -> {
          Found<T> one = found.get(number);
          listed.add(new Listed<>(number, text, one == null ? null : one.thing()));
        });
    if (found.isEmpty()) {
      throw new UserMistakeException(
          "split file "
              + file
              + ": found none of its "
              + lines.size()
              + " lines below "
              + folders[0]
              + ", e.g. '"
              + listed.get(0).text()
              + "'; expected names such as '"
              + known.keySet().stream().findFirst().orElse("")
              + "'");
    }
    return listed;
  }

  /** {@code val.txt line 3}. */
  String where(Listed<?> listed) {
    return file.getFileName() + " line " + listed.line();
  }

  /** A path of another machine, or relative to another folder, ends like the one that is known. */
  private <T> Found<T> find(String text, Map<String, T> known, Path[] folders) {
    String written = text.replace('\\', '/').replaceFirst("^(\\./)+", "");
    if (written.contains("/") && elsewhere(written, folders)) {
      return null;
    }
    String path = ImageFiles.composed(written);
    int own = endOfOwnFolder(path, folders);
    for (int at = 0; ; at = path.indexOf('/', at) + 1) {
      String rest = path.substring(at);
      T thing = known.get(rest);
      thing = thing == null ? known.get(ImageFiles.stem(rest)) : thing;
      if (thing != null) {
        return new Found<>(own < 0 ? path.substring(0, at) : null, thing);
      }
      if (at == own || rest.indexOf('/') < 0) {
        return null;
      }
    }
  }

  /** Where a path goes on after the name of one of the folders; -1 if that is not in it. */
  private static int endOfOwnFolder(String path, Path[] folders) {
    int end = -1;
    for (Path folder : folders) {
      String own = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
      String name = "/" + ImageFiles.composed(own) + "/";
      int at = ("/" + path).lastIndexOf(name);
      end = at < 0 ? end : Math.max(end, at + name.length() - 1);
    }
    return end;
  }

  /**
   * Whether the folders before a known thing go on where those of another line end: that line tells
   * where the dataset begins, and this one names a folder in it that is not there.
   */
  private static boolean leadsFartherDown(String before, Set<String> befores) {
    if (before == null) {
      return false;
    }
    for (int end = before.lastIndexOf('/', before.length() - 2);
        end >= 0;
        end = before.lastIndexOf('/', end - 1)) {
      if (befores.contains(before.substring(0, end + 1))) {
        return true;
      }
    }
    // Names alone may be mixed with paths of another machine.
    return befores.contains("") && !before.isEmpty() && !ABSOLUTE.matcher(before).lookingAt();
  }

  /** Whether the path leads to a file here that lies in none of the folders. */
  private boolean elsewhere(String path, Path[] folders) {
    try {
      Path named = file.toAbsolutePath().resolveSibling(path).normalize();
      return Files.exists(named)
          && Arrays.stream(folders)
              .noneMatch(folder -> named.startsWith(folder.toAbsolutePath().normalize()));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
