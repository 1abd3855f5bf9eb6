package dev.lectern.trainer.train;

/** A run that is stopping no longer waits for data. */
final class StoppedWaitingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoppedWaitingException(Throwable cause) {
    super("stopped while waiting for data", cause);
  }
}
