package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.pooling.Pool;

/**
 * Pair-wise distillation: the cosine similarity of every pair of positions.
 *
 * <pre>
 *   a_ij = f_i · f_j / (‖f_i‖ ‖f_j‖)      L = Σ_{n,i,j} (a_s - a_t)² / (P² · N)
 * </pre>
 *
 * <p>Liu et al. 2019 (arXiv:1903.04197), eq. 2 and 3. The public code max-pools first, with kernel
 * and stride a part of the map's size, and treats the norms as constants; P counts pooled
 * positions. The printed form compares all positions and differentiates the norms.
 */
public final class PairWiseDistillationLoss {
  private static final float EPSILON = 1e-8f;

  private PairWiseDistillationLoss() {}

  /**
   * The public code's form.
   *
   * @param student (N, C_s, H, W)
   * @param teacher (N, C_t, H, W), constant
   * @param poolScale kernel as a part of height and width, published 0.5
   * @return scalar ≥ 0
   */
  public static NDArray official(NDArray student, NDArray teacher, double poolScale) {
    NDArray s = flat(pooled(student, poolScale));
    NDArray t = flat(pooled(teacher.stopGradient(), poolScale));
    NDArray norms = norms(s.stopGradient()).add(EPSILON);
    return compare(s.div(norms), t.div(norms(t).add(EPSILON)));
  }

  /**
   * The printed form.
   *
   * @param student (N, C_s, H, W)
   * @param teacher (N, C_t, H, W), constant
   * @return scalar ≥ 0
   */
  public static NDArray paper(NDArray student, NDArray teacher) {
    NDArray s = flat(student);
    NDArray t = flat(teacher.stopGradient());
    return compare(s.div(norms(s)), t.div(norms(t)));
  }

  private static NDArray compare(NDArray s, NDArray t) {
    Shape shape = s.getShape();
    NDArray ours = s.transpose(0, 2, 1).batchMatMul(s);
    NDArray theirs = t.transpose(0, 2, 1).batchMatMul(t);
    double pairs = (double) shape.get(2) * shape.get(2) * shape.get(0);
    return ours.sub(theirs).square().sum().mul(Constants.of(s, (float) (1 / pairs)));
  }

  private static NDArray pooled(NDArray map, double scale) {
    long height = Math.max(1, (long) (map.getShape().get(2) * scale));
    long width = Math.max(1, (long) (map.getShape().get(3) * scale));
    Shape kernel = new Shape(height, width);
    return Pool.maxPool2d(map, kernel, kernel, new Shape(0, 0), true);
  }

  private static NDArray flat(NDArray map) {
    return map.reshape(map.getShape().get(0), map.getShape().get(1), -1);
  }

  private static NDArray norms(NDArray flat) {
    return flat.square()
        .sum(new int[] {1}, true)
        .maximum(Constants.of(flat, EPSILON * EPSILON))
        .sqrt();
  }
}
