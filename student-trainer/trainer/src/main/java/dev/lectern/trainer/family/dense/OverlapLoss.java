package dev.lectern.trainer.family.dense;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.CompleteIouLoss;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.view.PositiveBoxes;

/** Losses of the overlap of a box with its object, as a run's {@code box-loss} names them. */
public enum OverlapLoss {
  /** -ln IoU: Yu et al. 2016 (arXiv:1608.01471), section 3.1. */
  IOU,
  /** 1 - GIoU: Rezatofighi et al. 2019 (arXiv:1902.09630). */
  GIOU,
  /** 1 - DIoU: Zheng et al. 2020 (arXiv:1911.08287), eq. 7. */
  DIOU,
  /** 1 - CIoU: Zheng et al. 2020, eq. 10. */
  CIOU;

  private static final double MIN_OVERLAP = 1e-6;

  /** The loss of each positive, (P). */
  public NDArray of(PositiveBoxes boxes) {
    return switch (this) {
      case IOU -> boxes.iou().maximum(Constants.of(boxes.iou(), MIN_OVERLAP)).log().neg();
      case GIOU -> boxes.giouLoss();
      case DIOU -> complement(boxes, CompleteIouLoss.Form.DISTANCE);
      case CIOU -> complement(boxes, CompleteIouLoss.Form.GATED);
    };
  }

  private static NDArray complement(PositiveBoxes boxes, CompleteIouLoss.Form form) {
    return CompleteIouLoss.overlaps(boxes.boxes(), boxes.truth(), form).neg().add(1f);
  }
}
