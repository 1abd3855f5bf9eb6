package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The levels of the student's features that a loss compares.
 *
 * @param levels fine to coarse
 * @param maps what brings each of them to the teacher's channels
 */
record AdaptedLevels(List<Integer> levels, Map<Integer, UnaryOperator<NDArray>> maps) {
  /** What one level contributes. */
  @FunctionalInterface
  interface LevelLoss {
    /**
     * A scalar.
     *
     * @param student (N, C, H, W), adapted
     */
    NDArray of(int level, NDArray student, Step step);
  }

  /** An adapted level, (N, C, H, W). */
  NDArray of(int level, Step step) {
    return step.features().student(level, maps.get(level));
  }

  /** A loss that sums what the levels contribute. */
  Term sum(LevelLoss loss) {
    return step -> Addends.perLevel(levels, level -> loss.of(level, of(level, step), step));
  }

  /**
   * A loss that sums what the levels contribute, or, normalised, takes their mean times the number
   * of levels in the published setting.
   */
  Term sum(LevelLoss loss, Reading reading, double published) {
    return reading == Reading.NORMALISED ? sum(loss).times(published / levels.size()) : sum(loss);
  }

  /** The same for a loss that compares the maps of both networks. */
  Term compare(MapLoss loss, Reading reading, double published) {
    return sum(
        (level, map, step) -> loss.of(map, step.features().teacher(level)), reading, published);
  }
}
