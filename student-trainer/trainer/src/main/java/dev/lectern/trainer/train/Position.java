package dev.lectern.trainer.train;

/**
 * How far a run is.
 *
 * @param epoch epochs that are done, which is the number of the present one
 * @param step steps of the present epoch that are done
 * @param globalStep steps that are done in all
 */
public record Position(int epoch, int step, long globalStep) {
  /** Nothing is done. */
  public static final Position START = new Position(0, 0, 0);

  Position afterStep() {
    return new Position(epoch, step + 1, globalStep + 1);
  }

  Position afterEpoch() {
    return new Position(epoch + 1, 0, globalStep);
  }
}
