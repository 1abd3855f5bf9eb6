package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.BatchRows;
import java.util.List;

/**
 * How the box outputs of a network become boxes.
 *
 * @param decoder of their form
 * @param priors what they are relative to, on the student's levels
 */
public record BoxReading(BoxDecoder decoder, PriorGrid priors) {
  /**
   * Boxes of some rows of a batch.
   *
   * @param values (rows, channels of the form)
   * @return (rows, 4) xyxy in strides
   */
  NDArray boxes(NDArray values, BatchRows order, int[] rows) {
    return decoder.boxes(values, priors, positions(order, rows));
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
    return decoder.boxes(values, priors, positions);
  }

  /** On some of the levels. */
  public BoxReading onLevels(List<Integer> levels) {
    return new BoxReading(decoder, priors.onLevels(levels));
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
