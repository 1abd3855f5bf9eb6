package dev.lectern.trainer.objective.term;

import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.loss.FeatureImitationLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LevelAdapter;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.BatchRows;
import java.util.Arrays;
import java.util.List;

/**
 * Imitation of the teacher's features at chosen cells; the mean over cells and channels of each
 * level. The official variant leaves out levels without any positive, as the public code of
 * localization distillation does.
 */
public final class CellImitationTerm implements DistillationTerm {
  private final AdaptedLevels student;
  private final CellChoice choice;
  private final Variant variant;

  /** Which cells imitate. */
  @FunctionalInterface
  public interface CellChoice {
    /**
     * The cells of a level.
     *
     * @return (N * H * W) flags, row-major over n, h, w
     */
    boolean[] cells(int level, TermStep step);
  }

  /**
   * @param adapters one for each level that is compared
   */
  public CellImitationTerm(List<LevelAdapter> adapters, CellChoice choice, Variant variant) {
    this.student = new AdaptedLevels(adapters);
    this.choice = choice;
    this.variant = variant;
  }

  /** Every cell. */
  public static CellChoice everywhere() {
    return (level, step) -> {
      BatchRows rows = step.targets().rows();
      boolean[] cells = new boolean[rows.start(level + 1) - rows.start(level)];
      Arrays.fill(cells, true);
      return cells;
    };
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    student.addTo(
        sum,
        step,
        (level, map) ->
            variant == Variant.OFFICIAL && step.targets().positives().count(level) == 0
                ? Rows.zero(map)
                : FeatureImitationLoss.loss(
                    map, step.teacherFeatures(level), choice.cells(level, step)));
  }

  @Override
  public List<Parameter> learned() {
    return student.learned();
  }
}
