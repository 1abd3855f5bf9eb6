package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.ClassificationDistillationLoss;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.RowRegion;

/**
 * Classification distillation on chosen rows, averaged over the rows of each level.
 *
 * @param region where
 * @param temperature τ
 * @param divisor what the sum is divided by besides
 * @param variant official averages over classes, paper sums
 */
public record ClassificationTerm(
    RowChoice region, double temperature, double divisor, Variant variant)
    implements DistillationTerm {

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    RowRegion rows = region.rows(step);
    if (rows.count() == 0) {
      return;
    }
    NDArray perPosition =
        ClassificationDistillationLoss.perPosition(
            step.rows().clsIn(rows), step.teacher().clsAt(rows.rows()), temperature, variant);
    sum.add(perPosition.mul(step.manager().create(rows.sharesPerLevel())), rows.bounds())
        .times(1 / divisor);
  }
}
