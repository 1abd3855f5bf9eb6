package dev.lectern.producer.dataset;

/** An image that must be left out, and under which name that is counted. */
public final class UnusableImageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Problem problem;

  public UnusableImageException(Problem problem, String reason) {
    super(reason);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}
