package dev.lectern.cli;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Class names in label order, one a line. */
final class ClassNamesFile {
  private ClassNamesFile() {}

  /**
   * @throws UserMistakeException if it cannot be read
   */
  static List<String> read(Path file) {
    try {
      return Files.readAllLines(file).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .toList();
    } catch (IOException e) {
      throw new UserMistakeException(
          "--class-names-file: cannot be read: " + FileError.describe(e), e);
    }
  }
}
