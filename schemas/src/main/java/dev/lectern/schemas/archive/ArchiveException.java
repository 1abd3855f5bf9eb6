package dev.lectern.schemas.archive;

/** An archive, or the log that it is made from or read into, is not what its digests say. */
public final class ArchiveException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ArchiveException(String message) {
    super(message);
  }

  public ArchiveException(String message, Throwable cause) {
    super(message, cause);
  }
}
