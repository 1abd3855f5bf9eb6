package dev.lectern.teacher.recording;

/** Nearly all views of a worker fail of one cause. */
public final class RepeatedFailureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RepeatedFailureException(String message) {
    super(message);
  }
}
