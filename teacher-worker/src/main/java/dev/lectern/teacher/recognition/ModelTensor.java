package dev.lectern.teacher.recognition;

import java.util.Arrays;

/**
 * A tensor of a model, as a run with one view shows it.
 *
 * @param type of its numbers, e.g. float32
 * @param shape with the views of the run, or as declared for inputs, where -1 is any
 * @param operator that computes it; empty where unknown
 */
public record ModelTensor(String name, String type, long[] shape, String operator) {
  /**
   * Whether a teacher gives its numbers: float32, or float64 as libtorch names what traces make.
   */
  boolean isFloat() {
    return type.equals("float32") || type.equals("float64");
  }

  /** Number of dimensions. */
  int rank() {
    return shape.length;
  }

  /** Whether it is (N, C, height, width). */
  boolean isMap(long height, long width) {
    return rank() == 4 && shape[2] == height && shape[3] == width;
  }

  /** Name, type, shape and operator in a line. */
  @Override
  public String toString() {
    return name
        + "  "
        + type
        + " "
        + Arrays.toString(shape).replace("-1", "any")
        + (operator.isEmpty() ? "" : "  " + operator);
  }
}
