package dev.lectern.schemas.tensor;

/** A tensor container of a later version: a newer reader is needed. */
public final class UnsupportedTensorVersionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnsupportedTensorVersionException(String message) {
    super(message);
  }
}
