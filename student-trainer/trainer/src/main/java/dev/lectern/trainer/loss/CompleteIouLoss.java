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
 *   GATED      a = v / (1 - IoU + v), constant, 0 up to an IoU of 0.5; CIoU at least -1; ε = 1e-6
 *   DISTANCE   a = 0, which is DIoU (eq. 7); ε = 1e-6
 *   YOLO       a = v / (v - IoU + 1 + ε), constant; ε = 1e-7, also in both heights of the areas
 * </pre>
 *
 * <p>Zheng et al. 2020 (arXiv:1911.08287), eq. 8 to 11. The values agree up to ε, the gradients do
 * not.
 */
public final class CompleteIouLoss {
  /** Which public code's form. */
  public enum Form {
    /** MMDetection's up to 2.18. */
    DETECTION,
    /** MMDetection's since. */
    GATED,
    /** Without the aspect: DIoU. */
    DISTANCE,
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
    float epsilon = form == Form.YOLO ? 1e-7f : 1e-6f;
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
        form == Form.YOLO ? pw.mul(tallP).add(tw.mul(tallT)) : pw.mul(ph).add(tw.mul(th));
    NDArray iou = shared.div(areas.sub(shared).add(epsilon));
    NDArray enclosingWidth =
        NDArrays.maximum(p.get(2), t.get(2)).sub(NDArrays.minimum(p.get(0), t.get(0)));
    NDArray enclosingHeight =
        NDArrays.maximum(p.get(3), t.get(3)).sub(NDArrays.minimum(p.get(1), t.get(1)));
    NDArray diagonal = enclosingWidth.square().add(enclosingHeight.square()).add(epsilon);
    NDArray dx = t.get(0).add(t.get(2)).sub(p.get(0)).sub(p.get(2));
    NDArray dy = t.get(1).add(t.get(3)).sub(p.get(1)).sub(p.get(3));
    NDArray distance = dx.square().add(dy.square()).mul(Constants.of(boxes, 0.25f));
    NDArray near = iou.sub(distance.div(diagonal));
    if (form == Form.DISTANCE) {
      return near.squeeze(1);
    }
    NDArray v =
        tw.div(tallT)
            .atan()
            .sub(pw.div(tallP).atan())
            .square()
            .mul(Constants.of(boxes, FOUR_BY_PI_SQUARED));
    NDArray complete = near.sub(aspect(form, v, iou, epsilon)).squeeze(1);
    return form == Form.GATED ? complete.clip(-1f, 1f) : complete;
  }

  private static NDArray aspect(Form form, NDArray v, NDArray iou, float epsilon) {
    NDArray divisor = v.add(1f).sub(iou);
    return switch (form) {
      case YOLO -> v.mul(v.div(v.add(1f + epsilon).sub(iou)).stopGradient());
      case GATED -> {
        NDArray wide = iou.gt(Constants.of(iou, 0.5)).toType(iou.getDataType(), false);
        yield v.mul(v.mul(wide).div(divisor.add(Float.MIN_NORMAL)).stopGradient());
      }
      default -> v.square().div(divisor.add(Float.MIN_NORMAL));
    };
  }
}
