package dev.lectern.trainer.train;

import java.nio.file.Path;

/**
 * Follows a run, on the training thread; an exception of its ends the run.
 *
 * <p>Listeners are called in the order in which they were given.
 */
public interface TrainingListener {
  /** The first step comes next; the position may be in the middle of a resumed run. */
  default void started(Trainer trainer) {}

  /** The views of an epoch are known, and its first step, or the next one, comes next. */
  default void epochStarts(Trainer trainer) {}

  /** A step is done and the position moved past it. */
  default void stepped(Trainer trainer, StepReport step) {}

  /** The last step of an epoch is done; the position is at the start of the next one. */
  default void epochEnded(Trainer trainer) {}

  /** The student was measured. */
  default void evaluated(Trainer trainer, EvaluationReport report) {}

  /** The state was written. */
  default void checkpointed(Trainer trainer, Path file) {}

  /** No step follows: all epochs are done, or the run was stopped. */
  default void ended(Trainer trainer) {}
}
