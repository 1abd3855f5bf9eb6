package dev.lectern.trainer.family;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.List;

/**
 * What a student's outputs come to for one batch; what several losses need is computed once. Arrays
 * belong to the outputs' manager.
 */
public interface StudentPass {
  /** The family's own losses, in the order of reports; their weights are applied. */
  List<LossTerm> losses();

  /**
   * What distillation losses compute from.
   *
   * @param teacher outputs of one teacher
   * @throws IllegalArgumentException if they do not cover the batch
   */
  Step step(TeacherOutputs teacher, TrainingProgress progress);

  /** A scalar 0 with the student's gradient. */
  NDArray zero();
}
