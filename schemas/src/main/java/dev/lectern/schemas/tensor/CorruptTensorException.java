package dev.lectern.schemas.tensor;

/** Bytes that are not a valid tensor container: the payload cannot be used. */
public final class CorruptTensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CorruptTensorException(String message) {
    super(message);
  }
}
