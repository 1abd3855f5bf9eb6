package dev.lectern.schemas.tensor;

/**
 * A number that must never be published: NaN, infinite, too large for the storage type, or a label
 * that is no class.
 */
public final class UnstorableValueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnstorableValueException(String message) {
    super(message);
  }
}
