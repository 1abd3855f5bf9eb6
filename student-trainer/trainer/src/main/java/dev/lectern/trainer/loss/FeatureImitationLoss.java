package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Feature imitation over chosen cells of one level.
 *
 * <pre>
 *   L = 1 / (cells · C) · Σ over chosen cells and channels of (student - teacher)²
 * </pre>
 *
 * <p>The common form in which the localization distillation code (arXiv:2102.12252, section 4)
 * compares imitation regions: the whole batch shares one mean; published weight 2.
 */
public final class FeatureImitationLoss {
  private FeatureImitationLoss() {}

  /**
   * The loss of one level.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @param cells N * H * W flags, row-major over n, h, w
   * @return scalar; 0 when no cell is chosen
   * @throws IllegalArgumentException if shapes differ or the flags do not cover the map
   */
  public static NDArray loss(NDArray student, NDArray teacher, boolean[] cells) {
    Rows.requireSameShape(student, teacher);
    Shape shape = student.getShape();
    if (cells.length != shape.get(0) * shape.get(2) * shape.get(3)) {
      throw new IllegalArgumentException(
          cells.length + " flags for the cells of a map of " + shape);
    }
    float[] mask = new float[cells.length];
    int chosen = 0;
    for (int i = 0; i < cells.length; i++) {
      if (cells[i]) {
        mask[i] = 1;
        chosen++;
      }
    }
    if (chosen == 0) {
      return Rows.zero(student);
    }
    NDArray masked =
        student.getManager().create(mask, new Shape(shape.get(0), 1, shape.get(2), shape.get(3)));
    return student
        .sub(teacher.stopGradient())
        .mul(masked)
        .square()
        .sum()
        .mul(Constants.of(student, (float) (1.0 / (chosen * (double) shape.get(1)))));
  }
}
