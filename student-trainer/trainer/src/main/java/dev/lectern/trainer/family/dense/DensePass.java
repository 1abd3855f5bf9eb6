package dev.lectern.trainer.family.dense;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.family.StudentPass;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.List;
import java.util.function.Supplier;

/**
 * The pass of a dense student.
 *
 * @param student what its outputs come to
 * @param ownLosses those of its family
 */
public record DensePass(DenseStudent student, Supplier<List<LossTerm>> ownLosses)
    implements StudentPass {
  @Override
  public List<LossTerm> losses() {
    return ownLosses.get();
  }

  @Override
  public Step step(TeacherOutputs teacher, TrainingProgress progress) {
    return student.step(teacher, progress);
  }

  @Override
  public NDArray zero() {
    return student.zero();
  }
}
