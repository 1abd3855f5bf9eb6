package dev.lectern.trainer.family.retinanet;

import dev.lectern.schemas.config.Key;

/** How a RetinaNet head learns from ground truth; the part {@code objective} of its run. */
public record RetinaNetSettings(
    @Key(defaultsTo = "2", meaning = "exponent of the focal loss") double gamma,
    @Key(defaultsTo = "0.25", meaning = "balance of the focal loss") double alpha,
    @Key(defaultsTo = "1", meaning = "weight of the class loss") double clsWeight,
    @Key(
            shownDefault = "l1; giou where boxes are distributions",
            meaning = "L1 of the deltas, or 1 - GIoU of the boxes")
        BoxLoss boxLoss,
    @Key(shownDefault = "1; of giou 2", meaning = "weight of the box loss") Double boxWeight,
    @Key(defaultsTo = "0.5", meaning = "overlap from which on an anchor learns an object")
        double positiveIou,
    @Key(defaultsTo = "0.4", meaning = "overlap below which it learns background")
        double negativeIou,
    @Key(
            defaultsTo = "0",
            meaning = "smallest best overlap for which an object takes its best anchors")
        double minPositiveIou) {

  /** Losses of boxes. */
  public enum BoxLoss {
    /** Sum of the absolute differences of the deltas. */
    L1,
    /** 1 - GIoU. */
    GIOU
  }

  /** Refuses overlaps in the wrong order. */
  public RetinaNetSettings {
    if (negativeIou > positiveIou) {
      throw new IllegalArgumentException(
          "negative-iou: found " + negativeIou + ", expected at most positive-iou " + positiveIou);
    }
  }

  /** The box loss of a head whose boxes are distributions, or deltas. */
  BoxLoss boxLossOf(int bins) {
    if (bins > 0 && boxLoss == BoxLoss.L1) {
      throw new IllegalArgumentException(
          "box-loss: found l1, expected giou, since the student's boxes are distributions");
    }
    return boxLoss != null ? boxLoss : bins > 0 ? BoxLoss.GIOU : BoxLoss.L1;
  }

  /** The weight of a box loss. */
  double boxWeightOf(BoxLoss loss) {
    return boxWeight != null ? boxWeight : loss == BoxLoss.GIOU ? 2 : 1;
  }
}
