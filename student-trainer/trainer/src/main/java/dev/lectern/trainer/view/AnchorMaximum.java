package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * The largest logit that the anchors of a cell give each class: what is compared where two networks
 * have different numbers of anchors per cell.
 */
public final class AnchorMaximum {
  private AnchorMaximum() {}

  /**
   * Of a map.
   *
   * @param map (N, A * K, H, W), with gradient where it has one
   * @param anchors per cell, A
   * @return (N, K, H, W)
   */
  public static NDArray of(NDArray map, int anchors) {
    if (anchors == 1) {
      return map;
    }
    Shape shape = map.getShape();
    return map.reshape(shape.get(0), anchors, shape.get(1) / anchors, shape.get(2), shape.get(3))
        .max(new int[] {1});
  }

  /**
   * Of rows.
   *
   * @param rows (M * A, K), those of a cell one after the other
   * @return (M, K)
   */
  static NDArray ofRows(NDArray rows, int anchors) {
    return anchors == 1
        ? rows
        : rows.reshape(-1, anchors, rows.getShape().get(1)).max(new int[] {1});
  }
}
