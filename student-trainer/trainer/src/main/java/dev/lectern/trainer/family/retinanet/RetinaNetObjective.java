package dev.lectern.trainer.family.retinanet;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.DeltaDecoder;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.family.dense.DenseFamily;
import dev.lectern.trainer.family.dense.DenseStudent;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.dense.FocalTerms;
import dev.lectern.trainer.family.retinanet.RetinaNetSettings.BoxLoss;
import dev.lectern.trainer.loss.SmoothL1Loss;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.BoxReading;
import java.util.List;

/**
 * The training objective of a RetinaNet head.
 *
 * <pre>
 *   P = Σ over images of max(1, positives)
 *   loss_cls   focal over all rows but ignored ones / P
 *   loss_bbox  Σ |delta_i - target_i| / P, or weight Σ (1 - GIoU_i) / P and the like
 * </pre>
 *
 * <p>Lin et al. 2017 (arXiv:1708.02002) with the normalisation of MMDetection's code. Stateless.
 */
final class RetinaNetObjective extends DenseFamily {
  private final RetinaNetSettings settings;
  private final BoxLoss boxLoss;
  private final BoxReading reading;

  RetinaNetObjective(
      RetinaNetSettings settings,
      BoxLoss boxLoss,
      DenseTargetAssembler assembler,
      BoxReading reading) {
    super(assembler, reading);
    this.settings = settings;
    this.boxLoss = boxLoss;
    this.reading = reading;
  }

  @Override
  protected List<LossTerm> losses(DenseStudent student, DenseTargets targets) {
    LossTerm bbox =
        new LossTerm("loss_bbox").times(settings.boxWeightOf(boxLoss) / targets.samples());
    if (targets.positives().count() > 0) {
      bbox.add(
          boxLoss
              .overlap()
              .map(overlap -> overlap.of(student.positives().orElseThrow()))
              .orElseGet(() -> differences(student, targets)));
    }
    return List.of(
        FocalTerms.classes(
            student,
            targets,
            settings.gamma(),
            settings.alpha(),
            settings.clsWeight(),
            targets.samples()),
        bbox);
  }

  /** Sums of the differences of the positives' deltas, (P). */
  private NDArray differences(DenseStudent student, DenseTargets targets) {
    PriorGrid priors = reading.priors();
    int[] positions = targets.rows().positionsOf(targets.positives().rows());
    float[] anchors = new float[4 * positions.length];
    for (int p = 0; p < positions.length; p++) {
      double[] anchor = priors.anchor(positions[p]);
      for (int e = 0; e < 4; e++) {
        anchors[4 * p + e] = (float) (anchor[e] / priors.strideOf(positions[p]));
      }
    }
    float[] wanted = ((DeltaDecoder) reading.decoder()).coder().encode(anchors, targets.boxes());
    NDArray deltas = student.boxes().at(targets.positives());
    NDArray expected = student.manager().create(wanted, new Shape(positions.length, 4));
    return settings.smoothBelow() > 0
        ? SmoothL1Loss.rows(deltas, expected, settings.smoothBelow())
        : deltas.sub(expected).abs().sum(new int[] {1});
  }
}
