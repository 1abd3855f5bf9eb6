package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The SHA-256 that each file of an archive must have, hex. */
final class ArchiveSums {
  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) [ *]([A-Za-z0-9.-]+)");

  private final String file;
  private final Map<String, String> byName;

  private ArchiveSums(String file, Map<String, String> byName) {
    this.file = file;
    this.byName = byName;
  }

  /**
   * @throws UserMistakeException if there are none: what is not an archive, or not a complete one
   * @throws ArchiveException if they are damaged
   */
  static ArchiveSums read(ArchiveStorage storage) {
    String file = storage.describe(ArchiveFiles.SUMS);
    Map<String, String> byName = new TreeMap<>();
    try (InputStream in = storage.open(ArchiveFiles.SUMS)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        Matcher sum = LINE.matcher(line);
        if (!sum.matches()) {
          throw new ArchiveException(
              file + ": found '" + line + "', expected a SHA-256 and a name");
        }
        byName.put(sum.group(2), sum.group(1));
      }
    } catch (NoSuchFileException e) {
      throw new UserMistakeException(
          file.substring(0, file.length() - ArchiveFiles.SUMS.length() - 1)
              + ": found no "
              + ArchiveFiles.SUMS
              + ", expected a folder that 'lectern recordings export' has completed",
          e);
    } catch (IOException e) {
      throw new ArchiveException(file + " cannot be read: " + FileError.reason(e), e);
    }
    return new ArchiveSums(file, byName);
  }

  boolean has(String name) {
    return byName.containsKey(name);
  }

  /** That of a file which must be there. */
  String of(String name) {
    String sum = byName.get(name);
    if (sum == null) {
      throw new ArchiveException(file + ": found no line for " + name);
    }
    return sum;
  }
}
