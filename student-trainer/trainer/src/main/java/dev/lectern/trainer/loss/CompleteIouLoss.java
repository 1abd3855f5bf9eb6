package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;

/**
 * Complete IoU of paired boxes.
 *
 * <pre>
 *   CIoU = IoU - (ρ² / c² + a · v)    v = 4/π² · (atan(w_t/h_t) - atan(w_p/h_p))²
 *   DETECTION  a = v / (1 - IoU + v), part of the gradient; ε = 1e-6
 *   YOLO       a = v / (v - IoU + 1 + ε), constant; ε = 1e-7, also in both heights of the areas
 * </pre>
 *
 * <p>Zheng et al. 2020 (arXiv:1911.08287), eq. 8 to 11. The values agree up to ε, the gradients do
 * not.
 */
public final class CompleteIouLoss {
  /** Which public code's form. */
  public enum Form {
    /** MMDetection's. */
    DETECTION,
    /** YOLOv8's. */
    YOLO
  }

  private static final float NO_LIMIT = Float.MAX_VALUE;
  private static final float FOUR_BY_PI_SQUARED = (float) (4 / (Math.PI * Math.PI));

  private CompleteIouLoss() {}

  /**
   * The overlap of box m with target m.
   *
   * @param boxes (M, 4) xyxy
   * @param targets (M, 4) xyxy, same unit, constant
   * @return (M)
   */
  public static NDArray overlaps(NDArray boxes, NDArray targets, Form form) {
    float epsilon = form == Form.DETECTION ? 1e-6f : 1e-7f;
    NDList p = boxes.split(4, 1);
    NDList t = targets.stopGradient().split(4, 1);
    NDArray pw = p.get(2).sub(p.get(0));
    NDArray ph = p.get(3).sub(p.get(1));
    NDArray tw = t.get(2).sub(t.get(0));
    NDArray th = t.get(3).sub(t.get(1));
    NDArray tallP = ph.add(epsilon);
    NDArray tallT = th.add(epsilon);
    NDArray shared =
        NDArrays.minimum(p.get(2), t.get(2))
            .sub(NDArrays.maximum(p.get(0), t.get(0)))
            .clip(0f, NO_LIMIT)
            .mul(
                NDArrays.minimum(p.get(3), t.get(3))
                    .sub(NDArrays.maximum(p.get(1), t.get(1)))
                    .clip(0f, NO_LIMIT));
    NDArray areas =
        form == Form.DETECTION ? pw.mul(ph).add(tw.mul(th)) : pw.mul(tallP).add(tw.mul(tallT));
    NDArray iou = shared.div(areas.sub(shared).add(epsilon));
    NDArray enclosingWidth =
        NDArrays.maximum(p.get(2), t.get(2)).sub(NDArrays.minimum(p.get(0), t.get(0)));
    NDArray enclosingHeight =
        NDArrays.maximum(p.get(3), t.get(3)).sub(NDArrays.minimum(p.get(1), t.get(1)));
    NDArray diagonal = enclosingWidth.square().add(enclosingHeight.square()).add(epsilon);
    NDArray dx = t.get(0).add(t.get(2)).sub(p.get(0)).sub(p.get(2));
    NDArray dy = t.get(1).add(t.get(3)).sub(p.get(1)).sub(p.get(3));
    NDArray distance = dx.square().add(dy.square()).mul(Constants.of(boxes, 0.25f));
    NDArray v =
        tw.div(tallT)
            .atan()
            .sub(pw.div(tallP).atan())
            .square()
            .mul(Constants.of(boxes, FOUR_BY_PI_SQUARED));
    NDArray aspect =
        form == Form.DETECTION
            ? v.square().div(v.add(1f).sub(iou).add(Float.MIN_NORMAL))
            : v.mul(v.div(v.add(1f + epsilon).sub(iou)).stopGradient());
    return iou.sub(distance.div(diagonal)).sub(aspect).squeeze(1);
  }
}
