package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;

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
    NDArray scores, NDArray boxes, NDArray truth, NDArray iou, NDArray giouLoss) {}
