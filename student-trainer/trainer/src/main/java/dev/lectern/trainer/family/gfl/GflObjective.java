package dev.lectern.trainer.family.gfl;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.trainer.family.dense.DenseFamily;
import dev.lectern.trainer.family.dense.DenseStudent;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.dense.FocalTerms;
import dev.lectern.trainer.loss.DistributionFocalLoss;
import dev.lectern.trainer.loss.QualityFocalLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.PositiveBoxes;
import java.util.List;

/**
 * The training objective of a head with class scores and box distributions (GFL, NanoDet): quality
 * focal loss, GIoU and distribution focal loss.
 *
 * <pre>
 *   w_i = max_c sigmoid(cls_i), constant        P = Σ over images of max(1, positives)
 *   loss_cls    QFL over all rows but ignored ones / P, quality = IoU(decoded box, ground truth)
 *   loss_bbox   2 Σ w_i (1 - GIoU_i) / Σ w      loss_dfl  0.25 Σ w_i Σ_e DFL / 4 / Σ w
 * </pre>
 *
 * <p>Where the student gives joint scores (GFLv2, arXiv:2011.12885), the quality focal loss and w
 * read them.
 *
 * <p>Generalized focal loss (arXiv:2006.04388) with the normalisation of its public code. Arrays
 * belong to the student tensors' manager; nothing here keeps state.
 */
public final class GflObjective extends DenseFamily {
  private static final float MIN_WEIGHT = 1e-6f;

  /** Distance that the largest target stays below the last bin, in strides. */
  private static final double MARGIN = 0.1;

  private final GflSettings settings;
  private final int bins;

  /**
   * @param bins number of bins per box side of the student
   * @param assembler of its targets
   */
  public GflObjective(GflSettings settings, int bins, DenseTargetAssembler assembler) {
    super(assembler, new BoxReading(new DistributionDecoder(bins), assembler.priors()));
    this.settings = settings;
    this.bins = bins;
  }

  @Override
  protected List<LossTerm> losses(DenseStudent student, DenseTargets targets) {
    LossTerm cls = new LossTerm("loss_cls").times(settings.clsWeight() / targets.samples());
    LossTerm bbox = new LossTerm("loss_bbox");
    LossTerm dfl = new LossTerm("loss_dfl");
    student.positives();
    NDArray background =
        student.isJoint()
            ? QualityFocalLoss.backgroundOfProbabilities(student.scores(), settings.beta())
            : QualityFocalLoss.background(student.scores(), settings.beta());
    cls.add(FocalTerms.counted(background, student, targets));
    student
        .positives()
        .ifPresent(
            positives -> {
              addForeground(cls, student, positives, targets);
              addBoxes(bbox, dfl, student, positives, targets);
            });
    return settings.dflWeight() > 0 ? List.of(cls, bbox, dfl) : List.of(cls, bbox);
  }

  private void addForeground(
      LossTerm cls, DenseStudent student, PositiveBoxes positives, DenseTargets targets) {
    NDArray atLabel = Rows.pick(student.scoresAtPositives(), targets.labels());
    cls.add(
        student.isJoint()
            ? QualityFocalLoss.foregroundOfProbabilities(atLabel, positives.iou(), settings.beta())
            : QualityFocalLoss.foreground(atLabel, positives.iou(), settings.beta()));
  }

  private void addBoxes(
      LossTerm bbox,
      LossTerm dfl,
      DenseStudent student,
      PositiveBoxes positives,
      DenseTargets targets) {
    NDArray weights = positives.scores();
    NDArray weightSum = weights.sum().add(MIN_WEIGHT);
    bbox.add(settings.overlapLoss().of(positives).mul(weights))
        .times(settings.giouWeight())
        .dividedBy(weightSum);
    if (settings.dflWeight() > 0) {
      NDArray perEdge =
          DistributionFocalLoss.perEdge(
              student.boxes().at(targets.positives()).reshape(-1, bins),
              targets.distances(bins - 1 - MARGIN));
      dfl.add(perEdge.reshape(-1, 4).sum(new int[] {1}).mul(weights))
          .times(settings.dflWeight() / 4)
          .dividedBy(weightSum);
    }
  }
}
