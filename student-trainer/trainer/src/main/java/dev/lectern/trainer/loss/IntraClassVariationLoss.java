package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Intra-class feature variation: how far each position lies from the mean of its class.
 *
 * <pre>
 *   prototype of class k in image n = Σ f_i [label_i = k] / (count + 1e-6)
 *   v_i = cos(f_i, prototype of label_i)       L = mean_{n,i} (v_s - v_t)²
 * </pre>
 *
 * <p>Wang et al. 2020 (arXiv:2007.13108, section 3.2). A position of no class is its own prototype,
 * so it contributes 0 to the sum and still counts in the mean, as in the public code.
 */
public final class IntraClassVariationLoss {
  private static final float COUNT_EPSILON = 1e-6f;
  private static final float MIN_SQUARE = 1e-16f;

  private IntraClassVariationLoss() {}

  /**
   * The loss of one level.
   *
   * @param student (N, C_s, H, W)
   * @param teacher (N, C_t, H, W), constant
   * @param labels N * H * W class indices, row-major over n, h, w; outside 0..K-1 is not a class
   * @param classes K
   * @return scalar ≥ 0
   */
  public static NDArray loss(NDArray student, NDArray teacher, int[] labels, int classes) {
    Shape shape = student.getShape();
    int images = (int) shape.get(0);
    int area = (int) (shape.get(2) * shape.get(3));
    if (labels.length != images * area) {
      throw new IllegalArgumentException(
          labels.length + " labels for the positions of a map of " + shape);
    }
    float[] members = new float[images * classes * area];
    float[] none = new float[images * area];
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] >= 0 && labels[i] < classes) {
        members[(i / area * classes + labels[i]) * area + i % area] = 1;
      } else {
        none[i] = 1;
      }
    }
    NDArray member = student.getManager().create(members, new Shape(images, classes, area));
    NDArray unclassed = student.getManager().create(none, new Shape(images, 1, area));
    NDArray s = variation(student.reshape(images, -1, area), member, unclassed);
    NDArray t = variation(teacher.stopGradient().reshape(images, -1, area), member, unclassed);
    return s.sub(t).square().mean();
  }

  /** Cosine of each position with its prototype, (N, H * W). */
  private static NDArray variation(NDArray features, NDArray member, NDArray unclassed) {
    NDArray counts = member.sum(new int[] {2}).expandDims(1).add(COUNT_EPSILON);
    NDArray prototypes = features.batchMatMul(member.transpose(0, 2, 1)).div(counts);
    NDArray own = prototypes.batchMatMul(member).add(features.mul(unclassed));
    NDArray dot = features.mul(own).sum(new int[] {1});
    return dot.div(norm(features).mul(norm(own)));
  }

  private static NDArray norm(NDArray vectors) {
    return vectors.square().sum(new int[] {1}).maximum(Constants.of(vectors, MIN_SQUARE)).sqrt();
  }
}
