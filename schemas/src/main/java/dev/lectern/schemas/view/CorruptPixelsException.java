package dev.lectern.schemas.view;

/** Pixels that are not those of their view. */
public final class CorruptPixelsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CorruptPixelsException(String message) {
    super(message);
  }
}
