package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.BoxIntegral;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.StudentRows;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.DistributionRebinning;
import dev.lectern.trainer.target.RowRegion;

/**
 * Teacher-bounded regression: boxes of positives that are not clearly nearer to the truth than the
 * teacher's go on learning.
 *
 * @param distance of two boxes
 * @param margin in strides; how much nearer than the teacher's a box must be to be left alone
 * @param normaliser what the sum over positives is divided by
 * @param rebinning tells how the teacher's distributions decode
 */
public record BoundedRegressionTerm(
    TeacherBoundedRegressionLoss.Distance distance,
    double margin,
    Normaliser normaliser,
    DistributionRebinning rebinning)
    implements DistillationTerm {
  /** What a sum over positives is divided by. */
  public enum Normaliser {
    POSITIVES,
    IMAGES,
    NONE
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    RowRegion positives = step.targets().positives();
    if (positives.count() == 0) {
      return;
    }
    NDArray teacherBoxes =
        BoxIntegral.boxes(
            BoxIntegral.distances(
                step.teacher().distAt(positives.rows(), rebinning.teacherBins()),
                rebinning.teacherBins()),
            rebinning.teacherCentres(step.targets().centres()));
    StudentRows.Main main = step.rows().main();
    NDArray gate =
        TeacherBoundedRegressionLoss.gate(
            main.boxes(), teacherBoxes, main.truth(), distance, margin);
    sum.add(main.misfit().mul(gate), positives.bounds()).times(1.0 / divisor(step));
  }

  private int divisor(TermStep step) {
    return switch (normaliser) {
      case POSITIVES -> step.targets().positives().count();
      case IMAGES -> step.targets().rows().images();
      case NONE -> 1;
    };
  }
}
