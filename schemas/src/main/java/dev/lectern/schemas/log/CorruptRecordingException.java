package dev.lectern.schemas.log;

/** What the log holds is not what the recording's index says. */
public final class CorruptRecordingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CorruptRecordingException(String message) {
    super(message);
  }

  public CorruptRecordingException(String message, Throwable cause) {
    super(message, cause);
  }
}
