package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Distribution focal loss: the mass of an edge's distribution moves to the two bins around the true
 * distance.
 *
 * <pre>
 *   edge_m = (l + 1 - y) · CE(z_m, l) + (y - l) · CE(z_m, l + 1)    l = floor(y)
 * </pre>
 *
 * <p>Li et al. 2020 (arXiv:2006.04388), eq. 6; published weight 0.25, divisor 4 (the four edges).
 */
public final class DistributionFocalLoss {
  private DistributionFocalLoss() {}

  /**
   * The loss of each edge, unweighted.
   *
   * @param logits (M, B)
   * @param distances M ≥ 1 targets in strides, in [0, B - 1)
   * @return (M)
   * @throws IllegalArgumentException if a target lies outside the support
   */
  public static NDArray perEdge(NDArray logits, float[] distances) {
    long bins = logits.getShape().get(1);
    int[] lower = new int[distances.length];
    int[] upper = new int[distances.length];
    float[] upperShare = new float[distances.length];
    for (int m = 0; m < distances.length; m++) {
      if (!(distances[m] >= 0 && distances[m] < bins - 1)) {
        throw new IllegalArgumentException(
            "distance of edge "
                + m
                + " is "
                + distances[m]
                + " strides, expected 0 <= y < "
                + (bins - 1));
      }
      lower[m] = (int) distances[m];
      upper[m] = lower[m] + 1;
      upperShare[m] = distances[m] - lower[m];
    }
    NDArray logQ = logits.logSoftmax(1);
    NDArray share = logits.getManager().create(upperShare);
    NDArray atLower = Rows.pick(logQ, lower);
    NDArray atUpper = Rows.pick(logQ, upper);
    // (1 - s) CE_l + s CE_u = -(log q_l + s (log q_u - log q_l))
    return atUpper.sub(atLower).mul(share).add(atLower).neg();
  }
}
