package dev.lectern.teacher.ledger;

/** A recording is complete, but holds nothing: it is not sealed. */
public final class EmptyRecordingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EmptyRecordingException(String message) {
    super(message);
  }
}
