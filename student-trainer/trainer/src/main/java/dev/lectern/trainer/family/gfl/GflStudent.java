package dev.lectern.trainer.family.gfl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.loss.BoxIntegral;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.view.BoxDistributions;
import dev.lectern.trainer.view.ClassRows;
import dev.lectern.trainer.view.LevelMaps;
import dev.lectern.trainer.view.PositiveBoxes;
import dev.lectern.trainer.view.PredictedBoxes;
import dev.lectern.trainer.view.StudentRows;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.Optional;

/**
 * The outputs of a student with class scores and box distributions, row by row; what follows from
 * them is computed once a step for all losses.
 */
final class GflStudent {
  private final Outputs<NDArray> outputs;
  private final GflTargets targets;
  private final int bins;
  private final StudentRows cls;
  private final StudentRows dist;
  private final StudentRows scores;
  private final Optional<PositiveBoxes> positives;

  /**
   * @param bins of the student, per box side
   */
  GflStudent(Outputs<NDArray> outputs, GflTargets targets, int bins) {
    this.outputs = outputs;
    this.targets = targets;
    this.bins = bins;
    this.cls = new StudentRows(outputs.get(TensorRole.CLASS_LOGITS));
    this.dist = new StudentRows(outputs.get(TensorRole.BOX_DISTRIBUTION));
    this.scores = isJoint() ? new StudentRows(outputs.get(TensorRole.JOINT_SCORE)) : cls;
    checkShapes(targets.rows().count());
    this.positives =
        targets.positives().count() > 0 ? Optional.of(atPositives()) : Optional.empty();
  }

  private void checkShapes(int rows) {
    if (cls.all().getShape().get(0) != rows
        || !dist.all().getShape().equals(new Shape(rows, 4L * bins))) {
      throw new IllegalArgumentException(
          "student has class rows "
              + cls.all().getShape()
              + " and distribution rows "
              + dist.all().getShape()
              + ", expected ("
              + rows
              + ", K) and ("
              + rows
              + ", 4 x "
              + bins
              + ")");
    }
  }

  private PositiveBoxes atPositives() {
    RowRegion main = targets.positives();
    cls.at(main);
    NDArray mainDist = dist.at(main);
    NDArray best = scoresAtPositives().stopGradient().max(new int[] {1});
    NDArray boxes = BoxIntegral.boxes(BoxIntegral.distances(mainDist, bins), targets.centres());
    NDArray truth = manager().create(targets.boxes(), new Shape(main.count(), 4));
    GeneralizedIouLoss.Overlaps overlaps = GeneralizedIouLoss.overlaps(boxes, truth);
    return new PositiveBoxes(
        isJoint() ? best : best.getNDArrayInternal().sigmoid(),
        boxes,
        truth,
        overlaps.iou(),
        overlaps.giou().neg().add(1f));
  }

  private NDManager manager() {
    return outputs.get(TensorRole.CLASS_LOGITS).get(0).getManager();
  }

  /** Whether the head gives scores that are not the sigmoids of its class logits. */
  boolean isJoint() {
    return outputs.has(TensorRole.JOINT_SCORE);
  }

  /** (N * R, K) class logits, or the probabilities of a head with joint scores. */
  NDArray scores() {
    return scores.all();
  }

  /** The same at the positives, (P, K). */
  NDArray scoresAtPositives() {
    return scores.at(targets.positives());
  }

  /** Box distribution logits. */
  StudentRows dist() {
    return dist;
  }

  /** Boxes at the positives; empty where there are none. */
  Optional<PositiveBoxes> positives() {
    return positives;
  }

  /** A scalar 0 with the student's gradient. */
  NDArray zero() {
    return Rows.zero(dist.all());
  }

  /** What distillation losses compute from, with one teacher. */
  Step step(TeacherOutputs teacher, TrainingProgress progress) {
    teacher.checkPositions(targets.rows().count());
    int levels = outputs.get(TensorRole.CLASS_LOGITS).size();
    BoxDistributions distributions = new BoxDistributions(dist, bins, teacher);
    return new Step(
        new ClassRows(cls, teacher),
        new LevelMaps(
            "class logits", outputs.get(TensorRole.CLASS_LOGITS), teacher.clsMaps(), levels),
        distributions,
        new PredictedBoxes(distributions, targets.rows()),
        new LevelMaps("features", outputs.get(TensorRole.FEATURES), teacher.features(), levels),
        positives,
        targets,
        progress,
        manager());
  }
}
