package dev.lectern.trainer.objective;

/**
 * When a step happens; all that schedules and drawn numbers may depend on besides settings.
 *
 * @param step steps of the run that are done
 * @param epoch epochs that are done, with the done part of the present one, e.g. 2.25
 * @param epochs epochs of the whole run
 */
public record Moment(long step, double epoch, int epochs) {
  /** The first step of a run of one epoch. */
  public static final Moment START = new Moment(0, 0, 1);
}
