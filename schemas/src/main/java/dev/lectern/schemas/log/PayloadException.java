package dev.lectern.schemas.log;

/** A payload that is not what its receipt says: a chunk is missing, foreign or damaged. */
public final class PayloadException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PayloadException(String message) {
    super(message);
  }

  public PayloadException(String message, Throwable cause) {
    super(message, cause);
  }
}
