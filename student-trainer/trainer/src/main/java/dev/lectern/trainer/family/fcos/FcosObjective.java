package dev.lectern.trainer.family.fcos;

import dev.lectern.trainer.family.dense.DenseFamily;
import dev.lectern.trainer.family.dense.DenseStudent;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.dense.FocalTerms;
import dev.lectern.trainer.family.dense.OverlapLoss;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.BoxReading;
import java.util.List;

/**
 * The training objective of an FCOS head.
 *
 * <pre>
 *   P = max(1, positives of the batch)     c_i = centerness of positive i
 *   loss_cls         focal over all rows / P
 *   loss_bbox        Σ c_i (-ln IoU_i) / Σ c, or Σ c_i (1 - GIoU_i) / Σ c
 *   loss_centerness  Σ BCE(centerness logit_i, c_i) / P
 * </pre>
 *
 * <p>Tian et al. 2019 (arXiv:1904.01355), section 3, with the normalisation of MMDetection's code.
 * Stateless.
 */
final class FcosObjective extends DenseFamily {
  private static final double MIN_DIVISOR = 1e-6;

  private final FcosSettings settings;
  private final OverlapLoss boxLoss;

  FcosObjective(
      FcosSettings settings,
      OverlapLoss boxLoss,
      DenseTargetAssembler assembler,
      BoxReading reading) {
    super(assembler, reading);
    this.settings = settings;
    this.boxLoss = boxLoss;
  }

  @Override
  protected List<LossTerm> losses(DenseStudent student, DenseTargets targets) {
    float[] centerness = targets.centerness();
    double samples = Math.max(1, targets.positives().count());
    double divisor = Math.max(MIN_DIVISOR, FocalTerms.sum(centerness));
    LossTerm bbox = new LossTerm("loss_bbox").times(settings.boxWeight() / divisor);
    student
        .positives()
        .ifPresent(boxes -> bbox.add(boxLoss.of(boxes).mul(student.manager().create(centerness))));
    return List.of(
        FocalTerms.classes(
            student, targets, settings.gamma(), settings.alpha(), settings.clsWeight(), samples),
        bbox,
        FocalTerms.centerness(student, targets, centerness, settings.centernessWeight(), samples));
  }
}
