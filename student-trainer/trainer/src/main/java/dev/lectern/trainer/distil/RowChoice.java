package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.RowRegion;

/** Which rows of a batch a loss on logits reads. */
interface RowChoice {
  /** The rows of a step. */
  RowRegion rows(Step step);

  /**
   * What each of the rows counts where boxes are learned.
   *
   * @return (M), constants
   */
  NDArray weights(RowRegion rows, Step step);
}
