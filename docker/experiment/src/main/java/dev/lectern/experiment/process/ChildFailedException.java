package dev.lectern.experiment.process;

/** A process of the demo did not end well; the message says which, how, and where its log is. */
public final class ChildFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ChildFailedException(String message) {
    super(message);
  }
}
