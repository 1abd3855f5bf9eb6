package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermStep;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Sums over some of a step's levels. */
final class LevelSums {
  private LevelSums() {}

  /**
   * Adds a scalar for each of the given levels, and 0 for the others.
   *
   * @param loss the scalar of a level
   */
  static void add(LossTerm sum, TermStep step, List<Integer> levels, IntFunction<NDArray> loss) {
    List<NDArray> scalars = new ArrayList<>();
    for (int level = 0; level < step.levels(); level++) {
      scalars.add(levels.contains(level) ? loss.apply(level) : step.manager().create(0f));
    }
    sum.addPerLevel(scalars);
  }
}
