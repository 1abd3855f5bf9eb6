package dev.lectern.detector.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;

/** New values for an array that others hold. */
public final class InPlace {
  private static final NDIndex ALL = new NDIndex("...");

  private InPlace() {}

  /**
   * Copies bit by bit, outside of any gradient graph. {@link NDArray#copyTo} does the same, but has
   * libtorch warn of its binding on standard error, once a process.
   *
   * @param target of the source's shape; keeps whether it requires a gradient
   */
  public static void copy(NDArray source, NDArray target) {
    GradientMode.off(() -> target.set(ALL, source));
  }
}
