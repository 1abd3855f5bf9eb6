package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.RowRegion;

/** Which rows of a batch a term on logits reads. */
interface RowChoice {
  /** The rows of a step. */
  RowRegion rows(TermStep step);

  /**
   * What each of the rows counts where boxes are learned.
   *
   * @return (M), constants
   */
  NDArray weights(RowRegion rows, TermStep step);
}
