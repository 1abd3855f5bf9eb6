package dev.lectern.trainer.family.retinanet;

/**
 * How a RetinaNet head learns from ground truth; the part {@code objective} of its run.
 *
 * @param gamma exponent of the focal loss [2]
 * @param alpha balance of the focal loss [0.25]
 * @param clsWeight weight of the class loss [1]
 * @param boxLoss {@code l1} of the deltas, or {@code giou} of the boxes [l1; giou where boxes are
 *     distributions]
 * @param boxWeight weight of the box loss [1; of giou 2]
 * @param positiveIou overlap from which on an anchor learns an object [0.5]
 * @param negativeIou overlap below which it learns background [0.4]
 * @param minPositiveIou smallest best overlap for which an object takes its best anchors [0]
 */
public record RetinaNetSettings(
    Double gamma,
    Double alpha,
    Double clsWeight,
    BoxLoss boxLoss,
    Double boxWeight,
    Double positiveIou,
    Double negativeIou,
    Double minPositiveIou) {

  /** Losses of boxes. */
  public enum BoxLoss {
    /** Sum of the absolute differences of the deltas. */
    L1,
    /** 1 - GIoU. */
    GIOU
  }

  /** Applies the defaults that do not depend on the head. */
  public RetinaNetSettings {
    gamma = gamma == null ? 2.0 : gamma;
    alpha = alpha == null ? 0.25 : alpha;
    clsWeight = clsWeight == null ? 1.0 : clsWeight;
    positiveIou = positiveIou == null ? 0.5 : positiveIou;
    negativeIou = negativeIou == null ? 0.4 : negativeIou;
    minPositiveIou = minPositiveIou == null ? 0.0 : minPositiveIou;
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
