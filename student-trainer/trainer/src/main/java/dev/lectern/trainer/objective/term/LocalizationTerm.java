package dev.lectern.trainer.objective.term;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.loss.KullbackLeibler;
import dev.lectern.trainer.loss.LocalizationDistillationLoss;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.DistributionRebinning;
import dev.lectern.trainer.target.RowRegion;

/**
 * Localization distillation on chosen rows, each with its weight.
 *
 * @param region where, and what each row counts
 * @param temperature τ
 * @param divisor what the weighted sum over rows and edges is divided by
 * @param variant official averages over bins, paper sums
 * @param rebinning from the teacher's distributions to the student's
 */
public record LocalizationTerm(
    RowChoice region,
    double temperature,
    double divisor,
    Variant variant,
    DistributionRebinning rebinning)
    implements DistillationTerm {

  @Override
  public void addTo(LossTerm sum, TermStep step) {
    RowRegion rows = region.rows(step);
    if (rows.count() == 0) {
      return;
    }
    int bins = step.rows().bins();
    NDArray student = step.rows().distIn(rows).reshape(-1, bins);
    NDArray teacher = step.teacher().distAt(rows.rows(), rebinning.teacherBins());
    NDArray perEdge =
        rebinning.isIdentity()
            ? LocalizationDistillationLoss.perEdge(
                student, teacher.reshape(-1, bins), temperature, variant)
            : LocalizationDistillationLoss.perEdgeFrom(
                student, rebinned(teacher, bins), temperature, variant);
    NDArray weights = region.weights(rows, step);
    sum.add(perEdge.reshape(-1, 4).sum(new int[] {1}).mul(weights), rows.bounds())
        .times(1 / divisor);
  }

  /** Softened teacher probabilities on the student's support, (4 * M, B). */
  private NDArray rebinned(NDArray teacher, int bins) {
    int teacherBins = rebinning.teacherBins();
    NDArray maps =
        teacher.getManager().create(rebinning.matrices(), new Shape(4, teacherBins, bins));
    return KullbackLeibler.soften(teacher.reshape(-1, 4, teacherBins), temperature)
        .softmax(2)
        .transpose(1, 0, 2)
        .batchMatMul(maps)
        .transpose(1, 0, 2)
        .reshape(-1, bins);
  }
}
