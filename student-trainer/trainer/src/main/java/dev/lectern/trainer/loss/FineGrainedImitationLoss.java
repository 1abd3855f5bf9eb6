package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Feature imitation near objects as first published.
 *
 * <pre>
 *   L = 1 / (2 · cells) · Σ over chosen cells and all channels of (teacher - adapted student)²
 * </pre>
 *
 * <p>Wang et al. 2019 (arXiv:1906.03609), eq. 1 and 2; published weight 0.01. The adapter is a 3x3
 * convolution with ReLU. Not averaged over channels. See {@link FeatureImitationLoss} for the form
 * with one mean over cells and channels.
 */
public final class FineGrainedImitationLoss {
  private FineGrainedImitationLoss() {}

  /**
   * The loss of one map.
   *
   * @param student (N, C, H, W), adapted
   * @param teacher (N, C, H, W), constant
   * @param cells N * H * W flags, row-major over n, h, w
   * @return scalar; 0 when no cell is chosen
   */
  public static NDArray loss(NDArray student, NDArray teacher, boolean[] cells) {
    Shape shape = student.getShape();
    return FeatureImitationLoss.loss(student, teacher, cells)
        .mul(Constants.of(student, shape.get(1) / 2f));
  }
}
