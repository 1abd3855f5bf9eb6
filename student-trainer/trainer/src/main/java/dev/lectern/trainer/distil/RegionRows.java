package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.RegionPart.Kind;
import dev.lectern.trainer.assign.RowRegion;

/**
 * The rows of a region that follows from ground truth, or from what the teacher finds. Positives,
 * and what else is inside of boxes, count by the student's largest class score, as in the public
 * code; what is inside of the teacher's boxes by the teacher's; others as the region says. Where
 * the teacher's boxes decide, rows that the recording lacks are left out.
 *
 * @param kind class scores or box logits
 */
record RegionRows(RegionPart region, TensorKind kind) implements RowChoice {
  @Override
  public RowRegion rows(Step step) {
    BatchTargets targets = step.targets();
    return targets
        .region(region)
        .where(
            row ->
                !isOfTeacher() && targets.isAnnotated(targets.rows().imageOf(row))
                    || isRecorded(row, step));
  }

  private boolean isOfTeacher() {
    return region.kind() == Kind.TEACHER_BOXES;
  }

  /** All that is read of a row: inside of the teacher's boxes its class scores in any case. */
  private boolean isRecorded(int row, Step step) {
    return (kind != TensorKind.BOX_LOGITS || step.boxes().isRecorded(row))
        && (kind != TensorKind.CLASS_SCORES && !isOfTeacher() || step.classes().isRecorded(row));
  }

  @Override
  public NDArray weights(RowRegion rows, Step step) {
    return switch (region.kind()) {
      case MAIN ->
          rows == step.targets().positives()
              ? step.positives().orElseThrow().scores()
              : step.classes().studentScores(rows);
      case INSIDE_BOX_WITHOUT_MAIN -> step.classes().studentScores(rows);
      case TEACHER_BOXES -> step.classes().teacherScores(rows);
      default -> step.manager().create(rows.weights());
    };
  }
}
