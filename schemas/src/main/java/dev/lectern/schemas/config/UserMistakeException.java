package dev.lectern.schemas.config;

/**
 * The user asked for something that cannot be done: a missing file, an unknown key, a sealed
 * recording.
 *
 * <p>The message is one line per mistake and says what was found, what was expected and where; the
 * command line prints it without a stack trace and exits with 2.
 */
public final class UserMistakeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UserMistakeException(String message) {
    super(message);
  }

  public UserMistakeException(String message, Throwable cause) {
    super(message, cause);
  }
}
