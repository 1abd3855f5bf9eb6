package dev.lectern.trainer.objective.term;

import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.DecoupledFeatureLoss;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LevelAdapter;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.ForegroundCells;
import java.util.List;

/**
 * Decoupled features: cells of objects and of background imitated with weights of their own. The
 * official form averages over levels, the paper form (as compared with localization distillation)
 * sums.
 */
public final class DecoupledTerm implements DistillationTerm {
  private final AdaptedLevels student;
  private final ForegroundCells region;
  private final Variant variant;
  private final double foreground;
  private final double background;

  /**
   * @param adapters one for each level that is compared
   * @param foreground weight of object cells
   * @param background weight of the others
   */
  public DecoupledTerm(
      List<LevelAdapter> adapters,
      ForegroundCells region,
      Variant variant,
      double foreground,
      double background) {
    this.student = new AdaptedLevels(adapters);
    this.region = region;
    this.variant = variant;
    this.foreground = foreground;
    this.background = background;
  }

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    boolean[][] cells = step.targets().part(region);
    student.addTo(
        sum,
        step,
        (level, map) -> {
          DecoupledFeatureLoss.Parts parts =
              DecoupledFeatureLoss.features(map, step.teacherFeatures(level), cells[level]);
          return parts
              .foreground()
              .mul(Constants.of(map, foreground))
              .add(parts.background().mul(Constants.of(map, background)));
        });
    // the paper form has no half
    sum.times(variant == Variant.OFFICIAL ? 1.0 / student.levels().size() : 2);
  }

  @Override
  public List<Parameter> learned() {
    return student.learned();
  }
}
