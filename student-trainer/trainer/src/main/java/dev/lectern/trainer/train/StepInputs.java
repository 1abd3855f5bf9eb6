package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lectern.schemas.record.View;
import dev.lectern.trainer.objective.TeacherOutputs;
import dev.lectern.trainer.replay.FloatArray;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.target.GflTargetAssembler;
import dev.lectern.trainer.target.GflTargets;
import dev.lectern.trainer.target.GroundTruth;
import java.util.ArrayList;
import java.util.List;

/** Makes a batch's arrays and targets; the arrays use the batch's memory. */
final class StepInputs {
  private final GflTargetAssembler targets;
  private final List<Integer> teacherLevels;

  /**
   * @param teacherLevels the teacher's level for each of the student's; empty for no teacher
   */
  StepInputs(GflTargetAssembler targets, List<Integer> teacherLevels) {
    this.targets = targets;
    this.teacherLevels = List.copyOf(teacherLevels);
  }

  /**
   * What a training step computes with.
   *
   * @param images (N, 3, H, W)
   * @param teacher null when nothing is distilled
   * @param targets from the ground truth
   */
  record StepInput(NDArray images, TeacherOutputs teacher, GflTargets targets) {}

  /**
   * The input of a step; arrays belong to {@code scope}, which must be closed before the batch is.
   */
  StepInput of(ReplayBatch batch, NDManager scope) {
    return new StepInput(
        array(batch.images(), scope),
        teacherLevels.isEmpty() ? null : teacher(batch, scope),
        targets.assemble(batch.views().stream().map(StepInputs::truth).toList()));
  }

  private TeacherOutputs teacher(ReplayBatch batch, NDManager scope) {
    List<NDArray> cls = levels("cls.", batch, scope);
    List<NDArray> dist = levels("dist.", batch, scope);
    List<NDArray> features = levels("fpn.", batch, scope);
    return cls.isEmpty()
        ? TeacherOutputs.featuresOnly(features)
        : TeacherOutputs.dense(cls, dist, features);
  }

  private List<NDArray> levels(String kind, ReplayBatch batch, NDManager scope) {
    List<NDArray> arrays = new ArrayList<>();
    for (int level : teacherLevels) {
      FloatArray values = batch.teachers().get(0).get(kind + level);
      if (values != null) {
        arrays.add(array(values, scope));
      }
    }
    return arrays;
  }

  /** An array that uses the numbers where they are. */
  static NDArray array(FloatArray values, NDManager scope) {
    return scope.create(values.bytes(), new Shape(values.shape()), DataType.FLOAT32);
  }

  /** The objects that can be positives: crowds cannot. */
  static GroundTruth truth(View view) {
    List<dev.lectern.schemas.record.GroundTruth> objects =
        view.getGroundTruth().stream().filter(object -> !object.getCrowd()).toList();
    float[] boxes = new float[4 * objects.size()];
    int[] labels = new int[objects.size()];
    for (int i = 0; i < labels.length; i++) {
      boxes[4 * i] = objects.get(i).getX1();
      boxes[4 * i + 1] = objects.get(i).getY1();
      boxes[4 * i + 2] = objects.get(i).getX2();
      boxes[4 * i + 3] = objects.get(i).getY2();
      labels[i] = objects.get(i).getLabel();
    }
    return new GroundTruth(boxes, labels);
  }
}
