package dev.lectern.trainer.distil;

import java.util.Optional;

/**
 * A distillation loss of one run, set up for a student and one of its teachers; with several
 * teachers it exists once for each.
 */
@FunctionalInterface
public interface Term {
  /**
   * What the loss adds up in this step, unweighted. The teacher's tensors are constants.
   *
   * @return empty where nothing is to be learned
   */
  Optional<Addends> addends(Step step);

  /** The same loss, multiplied by a number. */
  default Term times(double factor) {
    return step -> addends(step).map(a -> new Addends(a.values(), a.factor() * factor));
  }
}
