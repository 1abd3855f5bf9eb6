package dev.lectern.watch.web;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

/** The secret that a browser must present before it is shown anything. */
public final class AccessToken {
  private static final int RANDOM_BYTES = 32;
  private static final int MIN_CHARS = 16;

  private final String text;

  private AccessToken(String text) {
    this.text = text;
  }

  /** A new one of 256 random bits. */
  public static AccessToken generated() {
    byte[] bytes = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(bytes);
    return new AccessToken(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /**
   * The content of a file, without white space around it.
   *
   * @throws UserMistakeException if it cannot be read, is too short, or has other characters than
   *     letters, digits, {@code - . _ ~}
   */
  public static AccessToken read(Path file) {
    String text;
    try {
      text = Files.readString(file).strip();
    } catch (IOException e) {
      throw new UserMistakeException(
          "--token-file " + file + ": cannot be read: " + FileError.reason(e), e);
    }
    if (text.length() < MIN_CHARS || !text.matches("[A-Za-z0-9._~-]+")) {
      throw new UserMistakeException(
          "--token-file "
              + file
              + ": found "
              + text.length()
              + " characters, expected "
              + MIN_CHARS
              + " or more letters, digits, '-', '.', '_' or '~'");
    }
    return new AccessToken(text);
  }

  /** Compares in constant time. */
  boolean matches(String shown) {
    return shown != null && MessageDigest.isEqual(Sha256.of(text), Sha256.of(shown));
  }

  /** The token itself, to be shown to its owner. */
  public String text() {
    return text;
  }
}
