package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;

/** A loss that needs nothing but one level's map of the student and of the teacher. */
@FunctionalInterface
interface MapLoss {
  /**
   * The loss of one level, unweighted.
   *
   * @param student (N, C, H, W)
   * @param teacher (N, C, H, W), constant
   * @return scalar
   */
  NDArray of(NDArray student, NDArray teacher);
}
