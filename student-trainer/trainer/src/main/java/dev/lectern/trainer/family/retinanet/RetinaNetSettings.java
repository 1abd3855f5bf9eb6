package dev.lectern.trainer.family.retinanet;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.family.dense.OverlapLoss;
import java.util.Optional;

/** How a RetinaNet head learns from ground truth; the part {@code objective} of its run. */
public record RetinaNetSettings(
    @Key(defaultsTo = "2", meaning = "exponent of the focal loss") double gamma,
    @Key(defaultsTo = "0.25", meaning = "balance of the focal loss") double alpha,
    @Key(defaultsTo = "1", meaning = "weight of the class loss") double clsWeight,
    @Key(
            shownDefault = "l1; giou where boxes are distributions",
            meaning =
                "L1 of the deltas, or of the boxes minus the logarithm of the IoU, or 1 - that form of it")
        BoxLoss boxLoss,
    @Key(shownDefault = "1; of giou, diou and ciou 2", meaning = "weight of the box loss")
        Double boxWeight,
    @Key(defaultsTo = "0.5", meaning = "overlap from which on an anchor learns an object")
        double positiveIou,
    @Key(defaultsTo = "0.4", meaning = "overlap below which it learns background")
        double negativeIou,
    @Key(
            defaultsTo = "0",
            meaning = "smallest best overlap for which an object takes its best anchors")
        double minPositiveIou,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Key(
            shownDefault = "0",
            min = 0,
            meaning = "difference below which L1 is quadratic, so that it is smooth; 0 for none")
        Double boxBeta) {

  /** Losses of boxes. */
  public enum BoxLoss {
    /** Sum of the absolute differences of the deltas. */
    L1(null),
    /** -ln IoU. */
    IOU(OverlapLoss.IOU),
    /** 1 - GIoU. */
    GIOU(OverlapLoss.GIOU),
    /** 1 - DIoU. */
    DIOU(OverlapLoss.DIOU),
    /** 1 - CIoU. */
    CIOU(OverlapLoss.CIOU);

    private final OverlapLoss overlap;

    BoxLoss(OverlapLoss overlap) {
      this.overlap = overlap;
    }

    /** The loss of the boxes; empty where the deltas are compared. */
    Optional<OverlapLoss> overlap() {
      return Optional.ofNullable(overlap);
    }
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

  /** Where L1 becomes quadratic; 0 for nowhere. */
  double smoothBelow() {
    return boxBeta == null ? 0 : boxBeta;
  }

  /** The weight of a box loss. */
  double boxWeightOf(BoxLoss loss) {
    return boxWeight != null ? boxWeight : loss == BoxLoss.L1 || loss == BoxLoss.IOU ? 1 : 2;
  }
}
