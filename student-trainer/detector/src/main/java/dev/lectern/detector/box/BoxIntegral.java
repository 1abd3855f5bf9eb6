package dev.lectern.detector.box;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * Boxes as expectations of edge distributions, with gradient.
 *
 * <pre>
 *   d_e = Σ_j j · softmax(z_e)_j      box = (cx - d_l, cy - d_t, cx + d_r, cy + d_b)
 * </pre>
 *
 * <p>Li et al. 2020 (arXiv:2006.04388), eq. 4; strides throughout.
 */
public final class BoxIntegral {
  private static final float[] SIGNS = {-1, -1, 1, 1};

  private BoxIntegral() {}

  /**
   * Expected distances.
   *
   * @param logits (M, 4 * B), edge-major
   * @return (M, 4) in strides
   */
  public static NDArray distances(NDArray logits, int bins) {
    NDArray projection = logits.getManager().arange(0f, bins);
    return logits.reshape(-1, 4, bins).softmax(2).mul(projection).sum(new int[] {2});
  }

  /**
   * Boxes around centres.
   *
   * @param distances (M, 4) l, t, r, b
   * @param centres (M, 2) row-major, same unit
   * @return (M, 4) xyxy
   */
  public static NDArray boxes(NDArray distances, float[] centres) {
    NDManager manager = distances.getManager();
    float[] corners = new float[2 * centres.length];
    for (int m = 0; m < centres.length / 2; m++) {
      corners[4 * m] = centres[2 * m];
      corners[4 * m + 1] = centres[2 * m + 1];
      corners[4 * m + 2] = centres[2 * m];
      corners[4 * m + 3] = centres[2 * m + 1];
    }
    NDArray around = manager.create(corners, new Shape(centres.length / 2, 4));
    return distances.mul(manager.create(SIGNS)).add(around);
  }
}
