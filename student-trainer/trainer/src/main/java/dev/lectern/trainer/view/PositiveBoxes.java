package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.Rows;

/**
 * The student's boxes at the P positives against their objects, xyxy in strides.
 *
 * @param scores (P) the student's largest class probability, constant
 * @param boxes (P, 4) predicted
 * @param truth (P, 4) their objects
 * @param iou (P) overlap of the two, constant
 * @param giouLoss (P) 1 - GIoU of the two
 */
public record PositiveBoxes(
    NDArray scores, NDArray boxes, NDArray truth, NDArray iou, NDArray giouLoss) {
  /** Some of them. */
  public PositiveBoxes at(int[] positives) {
    return new PositiveBoxes(
        Rows.take(scores, positives),
        Rows.take(boxes, positives),
        Rows.take(truth, positives),
        Rows.take(iou, positives),
        Rows.take(giouLoss, positives));
  }
}
