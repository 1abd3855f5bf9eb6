package dev.lectern.schemas.log;

/** Records that a reader expects are no longer on their topic. */
public final class LostRecordsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LostRecordsException(String message, Throwable cause) {
    super(message, cause);
  }

  public LostRecordsException(String message) {
    super(message);
  }
}
