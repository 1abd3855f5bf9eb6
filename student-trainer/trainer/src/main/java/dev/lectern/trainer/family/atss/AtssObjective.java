package dev.lectern.trainer.family.atss;

import dev.lectern.trainer.family.dense.DenseFamily;
import dev.lectern.trainer.family.dense.DenseStudent;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.dense.FocalTerms;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.BoxReading;
import java.util.List;

/**
 * The training objective of an ATSS head.
 *
 * <pre>
 *   P = Σ over images of max(1, positives)     c_i = centerness of positive i
 *   loss_cls         focal over all rows / P
 *   loss_bbox        2 Σ c_i (1 - GIoU_i) / max(1, Σ c)
 *   loss_centerness  Σ BCE(centerness logit_i, c_i) / P
 * </pre>
 *
 * <p>Zhang et al. 2020 (arXiv:1912.02424) with the normalisation of its public code. Stateless.
 */
final class AtssObjective extends DenseFamily {
  private final AtssSettings settings;

  AtssObjective(AtssSettings settings, DenseTargetAssembler assembler, BoxReading reading) {
    super(assembler, reading);
    this.settings = settings;
  }

  @Override
  protected List<LossTerm> losses(DenseStudent student, DenseTargets targets) {
    float[] centerness = targets.centerness();
    double divisor = Math.max(1, FocalTerms.sum(centerness));
    LossTerm bbox = new LossTerm("loss_bbox").times(settings.giouWeight() / divisor);
    student
        .positives()
        .ifPresent(
            positives ->
                bbox.add(
                    settings
                        .overlapLoss()
                        .of(positives)
                        .mul(student.manager().create(centerness))));
    return List.of(
        FocalTerms.classes(
            student,
            targets,
            settings.gamma(),
            settings.alpha(),
            settings.clsWeight(),
            targets.samples()),
        bbox,
        FocalTerms.centerness(
            student, targets, centerness, settings.centernessWeight(), targets.samples()));
  }
}
