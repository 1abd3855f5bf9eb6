package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.config.Utf8;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A list of the images of a split, one per line: a name with or without ending, or a path, relative
 * or absolute, also of the machine that it was written on. VOC's lists per class have a second
 * column: 1, 0 or -1.
 */
final class SplitFile {
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

  /** What a line names, or null for what none of the known things is. */
  record Listed<T>(int line, String text, T thing) {}

  /**
   * What the lines name, in their order.
   *
   * @param known by path below {@code folder}, with slashes, with or without ending
   * @param folders a path that leads out of them names nothing here
   * @throws UserMistakeException if no line names any of them
   */
  <T> List<Listed<T>> among(Map<String, T> known, Path... folders) {
    List<Listed<T>> listed = new ArrayList<>();
    boolean any = false;
    for (Map.Entry<Integer, String> line : lines.entrySet()) {
      T thing = find(line.getValue(), known, folders);
      if (thing == null) {
        thing = find(line.getValue().replaceFirst("\\s+-?[01]$", ""), known, folders);
      }
      any |= thing != null;
      listed.add(new Listed<>(line.getKey(), line.getValue(), thing));
    }
    if (!any) {
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

  private <T> T find(String text, Map<String, T> known, Path[] folders) {
    String path = text.replace('\\', '/');
    if (path.contains("/") && elsewhere(path, folders)) {
      return null;
    }
    // A path of another machine, or relative to another folder, ends like the one that is known.
    for (String rest = path; ; rest = rest.substring(rest.indexOf('/') + 1)) {
      T thing = known.get(rest);
      thing = thing == null ? known.get(ImageFiles.stem(rest)) : thing;
      if (thing != null || rest.indexOf('/') < 0) {
        return thing;
      }
    }
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
