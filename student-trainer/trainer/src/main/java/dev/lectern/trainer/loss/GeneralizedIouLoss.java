package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;

/**
 * Generalized IoU of paired boxes; the loss of a pair is 1 - GIoU.
 *
 * <pre>
 *   IoU = I / U    GIoU = IoU - (E - U) / E
 * </pre>
 *
 * <p>Rezatofighi et al. 2019 (arXiv:1902.09630), algorithms 1 and 2. I shared, U covered, E
 * enclosing area; U and E are at least 1e-6. Published weight 2.
 */
public final class GeneralizedIouLoss {
  private static final float EPSILON = 1e-6f;
  private static final float NO_LIMIT = Float.MAX_VALUE;

  private GeneralizedIouLoss() {}

  /**
   * Both overlaps of paired boxes.
   *
   * @param iou (M)
   * @param giou (M)
   */
  public record Overlaps(NDArray iou, NDArray giou) {}

  /**
   * The overlaps of box m with target m.
   *
   * @param boxes (M, 4) xyxy
   * @param targets (M, 4) xyxy, same unit, constant
   */
  public static Overlaps overlaps(NDArray boxes, NDArray targets) {
    NDList box = boxes.split(2, 1); // (x1, y1), (x2, y2)
    NDList target = targets.stopGradient().split(2, 1);
    NDArray shared =
        area(
            NDArrays.minimum(box.get(1), target.get(1))
                .sub(NDArrays.maximum(box.get(0), target.get(0)))
                .clip(0f, NO_LIMIT));
    NDArray union =
        area(box.get(1).sub(box.get(0)))
            .add(area(target.get(1).sub(target.get(0))))
            .sub(shared)
            .maximum(Constants.of(boxes, EPSILON));
    NDArray enclosing =
        area(NDArrays.maximum(box.get(1), target.get(1))
                .sub(NDArrays.minimum(box.get(0), target.get(0)))
                .clip(0f, NO_LIMIT))
            .maximum(Constants.of(boxes, EPSILON));
    NDArray iou = shared.div(union);
    NDArray giou = iou.sub(enclosing.sub(union).div(enclosing));
    return new Overlaps(iou.squeeze(1), giou.squeeze(1));
  }

  private static NDArray area(NDArray sides) {
    NDList both = sides.split(2, 1);
    return both.get(0).mul(both.get(1));
  }
}
