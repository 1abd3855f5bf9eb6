package dev.lectern.schemas.tensor;

/** A number that must never be published: NaN, infinite, or too large for the storage type. */
public final class UnstorableValueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnstorableValueException(String message) {
    super(message);
  }
}
