package dev.lectern.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/**
 * Teacher-bounded regression: the student is pushed towards the truth only where it is not yet
 * better than the teacher by a margin.
 *
 * <pre>
 *   gate_i = [ d(student_i, truth_i) + ε > d(teacher_i, truth_i) ], constant
 *   L      = 1 / M · Σ_i gate_i · (1 - GIoU(student_i, truth_i))
 * </pre>
 *
 * <p>Chen et al. 2017 (NIPS, "Learning efficient object detection models with knowledge
 * distillation"), eq. 4, as taken up in arXiv:2102.12252; ε = 0.1, boxes in strides. d is the
 * distance of the two 4-vectors; Chen et al. square it.
 */
public final class TeacherBoundedRegressionLoss {
  /** How far a box is from the truth. */
  public enum Distance {
    /** Euclidean. */
    L2,
    /** Euclidean, squared. */
    L2_SQUARED
  }

  private TeacherBoundedRegressionLoss() {}

  /**
   * Where the gate is open.
   *
   * @param student (M, 4) xyxy in strides
   * @param teacher (M, 4), constant
   * @param truth (M, 4), constant
   * @return (M) 0 or 1, constant
   */
  public static NDArray gate(
      NDArray student, NDArray teacher, NDArray truth, Distance distance, double margin) {
    NDArray ours = distance(student.stopGradient(), truth, distance);
    NDArray theirs = distance(teacher.stopGradient(), truth, distance);
    return ours.add((float) margin).gt(theirs).toType(DataType.FLOAT32, false);
  }

  private static NDArray distance(NDArray boxes, NDArray truth, Distance distance) {
    NDArray squared = boxes.sub(truth.stopGradient()).square().sum(new int[] {1});
    return distance == Distance.L2 ? squared.sqrt() : squared;
  }
}
