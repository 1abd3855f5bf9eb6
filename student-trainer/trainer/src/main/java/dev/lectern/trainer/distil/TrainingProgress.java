package dev.lectern.trainer.distil;

/**
 * How far a run is when a step happens; all that schedules and drawn numbers may depend on besides
 * settings.
 *
 * @param step steps of the run that are done
 * @param epoch epochs that are done, with the done part of the present one, e.g. 2.25
 * @param epochs epochs of the whole run
 */
public record TrainingProgress(long step, double epoch, int epochs) {
  /** The first step of a run of one epoch. */
  public static final TrainingProgress START = new TrainingProgress(0, 0, 1);
}
