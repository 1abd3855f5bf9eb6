package dev.lectern.schemas.file;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * The rule for files that a command is about to write: it replaces no file that it did not make,
 * unless the user says so. Commands ask it before they start any work.
 */
public final class OutputFile {
  private static final int START_BYTES = 4096;

  private OutputFile() {}

  /** How a command recognises a file that it made itself. */
  @FunctionalInterface
  public interface Mark {
    /** Recognises nothing: whatever is there stays. */
    Mark NONE = file -> false;

    boolean isOn(Path file) throws IOException;

    /** Files that start with this text, within their first 4096 bytes. */
    static Mark start(String text) {
      return file -> startOf(file).startsWith(text);
    }

    /** Files that have this text within their first 4096 bytes. */
    static Mark near(String text) {
      return file -> startOf(file).contains(text);
    }

    /** Also empty files: nothing is lost with them. */
    default Mark orEmpty() {
      return file -> Files.size(file) == 0 || isOn(file);
    }
  }

  /**
   * Returns if nothing is there, or a file with the mark.
   *
   * @param advice what the user can do, such as {@code "choose another --out"}
   * @throws UserMistakeException otherwise, or if the file cannot be read
   */
  public static void requireFree(Path file, Mark mark, String advice) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      if (Files.isRegularFile(file) && mark.isOn(file)) {
        return;
      }
    } catch (IOException e) {
      throw new UserMistakeException(file + ": cannot be read: " + FileError.reason(e), e);
    }
    throw new UserMistakeException(
        file
            + (Files.isDirectory(file) ? ": found a folder" : ": found a file")
            + " that this command does not replace; "
            + advice);
  }

  private static String startOf(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(START_BYTES), StandardCharsets.UTF_8);
    }
  }
}
