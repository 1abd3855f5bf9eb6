package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.ArrayList;
import java.util.List;

/** Makes a batch's arrays, which use the batch's memory. */
final class StepInputs {
  private final List<Correspondence> matches;

  /**
   * @param matches how the student corresponds to each teacher
   */
  StepInputs(List<Correspondence> matches) {
    this.matches = List.copyOf(matches);
  }

  /**
   * What a training step computes with.
   *
   * @param images (N, 3, H, W)
   * @param teachers outputs of each of the run's teachers
   * @param targets from the ground truth
   * @param weights (N) of each view's distillation
   */
  record StepInput(
      NDArray images, List<TeacherOutputs> teachers, BatchTargets targets, float[] weights) {}

  /**
   * The input of a step; arrays belong to {@code scope}, which must be closed before the batch is.
   */
  StepInput of(TargetedBatches.Targeted step, NDManager scope) {
    ReplayBatch batch = step.batch();
    return new StepInput(
        BatchArrays.of(batch.images(), scope),
        teachers(batch, scope),
        step.targets(),
        step.weights());
  }

  private List<TeacherOutputs> teachers(ReplayBatch batch, NDManager scope) {
    List<TeacherOutputs> teachers = new ArrayList<>();
    for (int teacher = 0; teacher < matches.size(); teacher++) {
      teachers.add(
          new TeacherTensors(batch.teachers().get(teacher), scope).of(matches.get(teacher)));
    }
    return teachers;
  }
}
