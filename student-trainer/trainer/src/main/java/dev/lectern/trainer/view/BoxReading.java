package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.BatchRows;
import java.util.List;

/**
 * How the box outputs of a network become boxes.
 *
 * @param decoder of their form
 * @param priors what they are relative to, on the student's levels
 * @param resampled whose cells they are of, where that is a teacher of larger views, and priors its
 *     own there; else null
 */
public record BoxReading(BoxDecoder decoder, PriorGrid priors, ResampledCells resampled) {
  /** Of a network whose cells are the student's. */
  public BoxReading(BoxDecoder decoder, PriorGrid priors) {
    this(decoder, priors, null);
  }

  /**
   * Boxes of some rows of a batch.
   *
   * @param values (rows, channels of the form)
   * @return (rows, 4) xyxy in strides
   */
  NDArray boxes(NDArray values, BatchRows order, int[] rows) {
    int[] positions = positions(order, rows);
    return resampled == null
        ? decoder.boxes(values, priors, positions)
        : resampled(values, positions, order, rows);
  }

  /**
   * Boxes of some rows of a batch with fewer anchors per cell than these priors.
   *
   * @param values (rows, channels of the form)
   * @param anchors (N * R) which of a cell's anchors the values of a row are of
   * @return (rows, 4) xyxy in strides
   */
  NDArray boxes(NDArray values, BatchRows order, int[] rows, int[] anchors) {
    int[] positions = order.positionsOf(rows);
    for (int i = 0; i < positions.length; i++) {
      positions[i] = positions[i] * priors.anchorsPerCell() + anchors[rows[i]];
    }
    return resampled == null
        ? decoder.boxes(values, priors, positions)
        : resampled(values, positions, order, rows);
  }

  /**
   * Boxes of a teacher of larger views.
   *
   * @param positions where the rows lie among the student's cells, with the teacher's anchors
   */
  private NDArray resampled(NDArray values, int[] positions, BatchRows order, int[] rows) {
    int anchors = priors.anchorsPerCell();
    int[] theirs = new int[positions.length];
    for (int i = 0; i < theirs.length; i++) {
      theirs[i] = resampled.of(positions[i] / anchors) * anchors + positions[i] % anchors;
    }
    NDArray factors =
        values
            .getManager()
            .create(resampled.factors(cells(order, rows)), new Shape(rows.length, 4));
    return decoder.boxes(values, priors, theirs).mul(factors);
  }

  /** The cells of rows of a batch, over all levels. */
  static int[] cells(BatchRows order, int[] rows) {
    int[] cells = order.positionsOf(rows);
    for (int i = 0; i < cells.length; i++) {
      cells[i] /= order.anchorsPerCell();
    }
    return cells;
  }

  /** On some of the levels. */
  public BoxReading onLevels(List<Integer> levels) {
    return new BoxReading(decoder, priors.onLevels(levels), resampled);
  }

  /** Positions among these priors, which may be one per cell where the batch has several. */
  private int[] positions(BatchRows order, int[] rows) {
    int[] positions = order.positionsOf(rows);
    if (priors.anchorsPerCell() != order.anchorsPerCell()) {
      for (int i = 0; i < positions.length; i++) {
        positions[i] /= order.anchorsPerCell();
      }
    }
    return positions;
  }
}
