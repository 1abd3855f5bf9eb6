package dev.lectern.schemas.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * What a file plainly is instead of what its name promises: a download that brought a web page, a
 * pointer in place of a large file, an archive that nobody unpacked.
 */
public final class ForeignContent {
  private static final int LOOKED_AT = 64;

  private ForeignContent() {}

  /** What the file is, and what to do; empty if nothing is plain, or it cannot be read. */
  public static Optional<String> of(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return of(in.readNBytes(LOOKED_AT));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * As {@link #of(Path)}.
   *
   * @param start the first bytes of the file, or all of them
   */
  public static Optional<String> of(byte[] start) {
    int length = Math.min(start.length, LOOKED_AT);
    String text = new String(start, 0, length, StandardCharsets.ISO_8859_1);
    String words = text.strip().toLowerCase(Locale.ROOT);
    if (words.startsWith("version https://git-lfs")) {
      return Optional.of("found a pointer of Git LFS in its place; git lfs pull fetches the file");
    }
    if (words.startsWith("<!doctype html") || words.startsWith("<html")) {
      return Optional.of("found a web page in its place; download what its link leads to");
    }
    if (text.startsWith("\u001f\u008b")) {
      return Optional.of("found a gzip file; unpack it");
    }
    if (text.startsWith("PK\u0003\u0004")) {
      return Optional.of("found a ZIP archive; unpack it");
    }
    return Optional.empty();
  }
}
