package dev.lectern.trainer.train;

/** A loss became infinite or not a number; the weights of the step before are kept. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TrainingDivergedException(String message) {
    super(message);
  }
}
