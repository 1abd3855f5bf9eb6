package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Directions of two maps, cell by cell: one minus the cosine of the student's and the teacher's
 * vector.
 *
 * <pre>
 *   L = 1 - mean over n, h, w of  s · t / (max(|s|, ε) max(|t|, ε))      ε = 1e-6
 * </pre>
 *
 * <p>The larger part of what AM-RADIO (Ranzinger et al. 2024, arXiv:2312.06709, section 3.3) asks
 * of spatial features; a vector's length does not matter.
 */
public final class TokenCosineLoss {
  private static final double MIN_SQUARE = 1e-12;

  private TokenCosineLoss() {}

  /**
   * The loss of one pair of maps, unweighted.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @return scalar in [0, 2]
   * @throws IllegalArgumentException if the shapes differ
   */
  public static NDArray loss(NDArray student, NDArray teacher) {
    Rows.requireSameShape(student, teacher);
    NDArray tokens = teacher.stopGradient();
    int[] channels = {1};
    NDArray products = student.mul(tokens).sum(channels);
    NDArray cosines = products.div(length(student, channels)).div(length(tokens, channels));
    return cosines.mean().neg().add(1f);
  }

  private static NDArray length(NDArray x, int[] channels) {
    return x.square().sum(channels).maximum(Constants.of(x, MIN_SQUARE)).sqrt();
  }
}
