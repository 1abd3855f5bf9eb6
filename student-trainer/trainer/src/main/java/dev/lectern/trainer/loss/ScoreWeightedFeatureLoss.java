package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * Squared difference of features, each cell counting by how sure the teacher is of an object there.
 *
 * <pre>
 *   w[n,h,w] = max_c sigmoid(teacherLogits[n,c,h,w])
 *   L = Σ w · (student - teacher)² / (C · Σ w + ε)        ε = 1e-9
 * </pre>
 *
 * <p>The feature loss with which Ultralytics distils its detectors (public code of 8.4, no paper):
 * the sum runs over images, channels and cells of a level.
 */
public final class ScoreWeightedFeatureLoss {
  private static final float EPSILON = 1e-9f;

  private ScoreWeightedFeatureLoss() {}

  /**
   * The loss of one level, unweighted.
   *
   * @param student (N, C, H, W), adapted
   * @param teacher (N, C, H, W), constant
   * @param logits (N, K, H, W) the teacher's class logits, of all anchors of a cell; constant
   * @return scalar ≥ 0
   * @throws IllegalArgumentException if the features' shapes differ
   */
  public static NDArray loss(NDArray student, NDArray teacher, NDArray logits) {
    Rows.requireSameShape(student, teacher);
    NDArray best = logits.stopGradient().max(new int[] {1}, true);
    NDArray scores = best.getNDArrayInternal().sigmoid();
    NDArray squares = student.sub(teacher.stopGradient()).square().mul(scores).sum();
    double channels = student.getShape().get(1);
    return squares.div(Constants.times(scores.sum(), channels).add(EPSILON));
  }
}
