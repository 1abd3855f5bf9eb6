package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.FileTrouble;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files of a dataset below a folder. */
final class ImageFiles {
  private static final Set<String> ENDINGS =
      Set.of("jpg", "jpeg", "png", "bmp", "webp", "tif", "tiff", "ppm", "pgm");

  private ImageFiles() {}

  /** All of them, in the order of their paths, sub-folders included. */
  static List<Path> below(Path folder) {
    return below(folder, ENDINGS);
  }

  /** All files with one of the endings, in the order of their paths. */
  static List<Path> below(Path folder, Set<String> endings) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> endings.contains(ending(file)))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UserMistakeException(
          "folder " + folder + ": cannot be read: " + FileTrouble.why(e), e);
    }
  }

  /** Those directly in a folder, by name without ending. */
  static Map<String, Path> byStem(Path folder) {
    Map<String, Path> byStem = new TreeMap<>();
    for (Path file : below(folder)) {
      if (folder.equals(file.getParent())) {
        byStem.putIfAbsent(stem(file.getFileName().toString()), file);
      }
    }
    return byStem;
  }

  static String stem(String name) {
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? name : name.substring(0, dot);
  }

  private static String ending(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
