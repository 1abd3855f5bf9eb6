package dev.lectern.trainer.family.yolov8;

/**
 * How a YOLOv8 head learns from ground truth; the part {@code objective} of its run.
 *
 * @param boxWeight weight of the box loss [7.5]
 * @param clsWeight weight of the class loss [0.5]
 * @param dflWeight weight of the distribution focal loss [1.5]
 * @param assignTopk points per object in task-aligned assignment [10]
 * @param alpha exponent of the score there [0.5]
 * @param beta exponent of the overlap there [6]
 */
public record YoloV8Settings(
    Double boxWeight,
    Double clsWeight,
    Double dflWeight,
    Integer assignTopk,
    Double alpha,
    Double beta) {

  /** Applies the defaults. */
  public YoloV8Settings {
    boxWeight = boxWeight == null ? 7.5 : boxWeight;
    clsWeight = clsWeight == null ? 0.5 : clsWeight;
    dflWeight = dflWeight == null ? 1.5 : dflWeight;
    assignTopk = assignTopk == null ? 10 : assignTopk;
    alpha = alpha == null ? 0.5 : alpha;
    beta = beta == null ? 6.0 : beta;
    if (assignTopk < 1) {
      throw new IllegalArgumentException(
          "assign-topk: found " + assignTopk + ", expected 1 or more");
    }
  }
}
