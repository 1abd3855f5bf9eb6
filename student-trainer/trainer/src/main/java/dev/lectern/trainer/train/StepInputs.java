package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.trainer.objective.TeacherOutputs;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.target.GflTargets;
import java.util.ArrayList;
import java.util.List;

/** Makes a batch's arrays, which use the batch's memory. */
final class StepInputs {
  private final List<List<Integer>> teacherLevels;

  /**
   * @param teacherLevels for each teacher its level for each of the student's; empty where no loss
   *     listens to it
   */
  StepInputs(List<List<Integer>> teacherLevels) {
    this.teacherLevels = List.copyOf(teacherLevels);
  }

  /**
   * What a training step computes with.
   *
   * @param images (N, 3, H, W)
   * @param teachers what each of the run's teachers said
   * @param targets from the ground truth
   */
  record StepInput(NDArray images, List<TeacherOutputs> teachers, GflTargets targets) {}

  /**
   * The input of a step; arrays belong to {@code scope}, which must be closed before the batch is.
   */
  StepInput of(TargetedBatches.Targeted step, NDManager scope) {
    ReplayBatch batch = step.batch();
    return new StepInput(
        BatchArrays.of(batch.images(), scope), teachers(batch, scope), step.targets());
  }

  private List<TeacherOutputs> teachers(ReplayBatch batch, NDManager scope) {
    List<TeacherOutputs> teachers = new ArrayList<>();
    for (int teacher = 0; teacher < teacherLevels.size(); teacher++) {
      teachers.add(
          new TeacherTensors(batch.teachers().get(teacher), scope).of(teacherLevels.get(teacher)));
    }
    return teachers;
  }
}
