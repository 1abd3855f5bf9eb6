package dev.lectern.teacher.model;

/** A model failed on a batch: out of device memory, an operator that gave up. */
public final class InferenceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InferenceException(String message) {
    super(message);
  }

  public InferenceException(String message, Throwable cause) {
    super(message, cause);
  }
}
