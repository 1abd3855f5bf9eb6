package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.RowRegion;

/**
 * Every row that the recording holds: those of the teacher's top scores, of regions, or all. They
 * count by the student's largest class score, as inside of boxes, for most of them are background.
 *
 * @param kind class scores or box logits
 */
record RecordedRows(TensorKind kind) implements RowChoice {
  @Override
  public RowRegion rows(Step step) {
    BatchRows order = step.targets().rows();
    return kind == TensorKind.CLASS_SCORES
        ? step.classes().recorded(order)
        : step.boxes().recorded(order);
  }

  @Override
  public NDArray weights(RowRegion rows, Step step) {
    return step.classes().studentScores(rows);
  }
}
