package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.loss.Rows;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The student's logits of one kind as rows, with gradient; what a region takes is taken once. */
public final class StudentRows {
  private final NDArray all;
  private final Map<RowRegion, NDArray> taken = new IdentityHashMap<>();

  /**
   * @param maps per level (N, A * C, H, W)
   * @param anchors per cell, A
   */
  public StudentRows(List<NDArray> maps, int anchors) {
    this.all = Rows.of(maps, anchors);
  }

  /**
   * @param rows (M, C)
   */
  public StudentRows(NDArray rows) {
    this.all = rows;
  }

  /** Every row of the batch, (N * R, C). */
  public NDArray all() {
    return all;
  }

  /** Some rows, (rows, C). */
  public NDArray at(int[] rows) {
    return Rows.take(all, rows);
  }

  /** The rows of a region that is not empty, (M, C). */
  public NDArray at(RowRegion region) {
    return taken.computeIfAbsent(region, r -> Rows.take(all, r.rows()));
  }
}
