package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.BatchRows;

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
