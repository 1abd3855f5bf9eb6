package dev.lectern.trainer.replay;

/** A replay store that cannot be opened or read: foreign files, or a disk that fails. */
public final class CorruptStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CorruptStoreException(String message) {
    super(message);
  }

  public CorruptStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
