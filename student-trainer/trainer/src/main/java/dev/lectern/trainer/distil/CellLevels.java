package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.Optional;

/**
 * Losses on chosen cells of each level: the sum over levels, or, normalised, the mean over levels
 * that have such cells, times as many as have them in the published setting.
 */
final class CellLevels {
  /** Which cells of a level are compared. */
  @FunctionalInterface
  interface CellChoice {
    /**
     * The cells of a level.
     *
     * @return (N * H * W) flags, row-major over n, h, w
     */
    boolean[] cells(int level, Step step);
  }

  /** What the cells of one level contribute. */
  @FunctionalInterface
  interface CellLoss {
    /**
     * A scalar.
     *
     * @param student (N, C, H, W), adapted
     * @param teacher (N, C, H, W), constant
     */
    NDArray of(NDArray student, NDArray teacher, boolean[] cells);
  }

  private CellLevels() {}

  static Term sum(AdaptedLevels student, Reading reading, CellChoice choice, CellLoss loss) {
    return step -> {
      NDList scalars = new NDList();
      int chosen = 0;
      for (int level : student.levels()) {
        boolean[] cells = choice.cells(level, step);
        if (hasAny(cells)) {
          chosen++;
        }
        scalars.add(loss.of(student.of(level, step), step.features().teacher(level), cells));
      }
      double factor =
          reading == Reading.NORMALISED
              ? PublishedSetting.LEVELS_WITH_POSITIVES / Math.max(1, chosen)
              : 1;
      return Optional.of(new Addends(NDArrays.stack(scalars), factor));
    };
  }

  private static boolean hasAny(boolean[] cells) {
    for (boolean cell : cells) {
      if (cell) {
        return true;
      }
    }
    return false;
  }
}
