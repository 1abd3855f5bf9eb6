package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.RowRegion;
import java.util.Arrays;

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
    if (step.given() != null) {
      int[] rows = step.instanceRows();
      float[] weights = new float[rows.length];
      Arrays.fill(weights, 1);
      return new RowRegion(rows, weights, new int[] {0, rows.length});
    }
    return kind == TensorKind.CLASS_SCORES
        ? step.classes().recorded(order)
        : step.boxes().recorded(order);
  }

  @Override
  public NDArray weights(RowRegion rows, Step step) {
    return step.classes().studentScores(rows);
  }
}
