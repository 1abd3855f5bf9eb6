package dev.lectern.trainer.family.gfl;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.network.Outputs;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.family.StudentPass;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.loss.DistributionFocalLoss;
import dev.lectern.trainer.loss.QualityFocalLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.PositiveBoxes;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.List;

/**
 * The training objective of a head with class scores and box distributions (GFL, NanoDet): quality
 * focal loss, GIoU and distribution focal loss.
 *
 * <pre>
 *   w_i = max_c sigmoid(cls_i), constant        P = Σ over images of max(1, positives)
 *   loss_cls    QFL over all rows / P, quality = IoU(decoded box, ground truth)
 *   loss_bbox   2 Σ w_i (1 - GIoU_i) / Σ w      loss_dfl  0.25 Σ w_i Σ_e DFL / 4 / Σ w
 * </pre>
 *
 * <p>Where the student gives joint scores (GFLv2, arXiv:2011.12885), the quality focal loss and w
 * read them.
 *
 * <p>Generalized focal loss (arXiv:2006.04388) with the normalisation of its public code. Arrays
 * belong to the student tensors' manager; nothing here keeps state.
 */
public final class GflObjective implements TrainedFamily {
  private static final float MIN_WEIGHT = 1e-6f;

  private final GflSettings settings;
  private final int bins;
  private final GflTargetAssembler assembler;

  /**
   * @param bins number of bins per edge of the student
   * @param assembler of its targets
   */
  public GflObjective(GflSettings settings, int bins, GflTargetAssembler assembler) {
    this.settings = settings;
    this.bins = bins;
    this.assembler = assembler;
  }

  @Override
  public BatchTargets targets(List<GroundTruth> images) {
    return assembler.assemble(images);
  }

  @Override
  public StudentPass pass(Outputs<NDArray> outputs, BatchTargets batch) {
    GflTargets targets = (GflTargets) batch;
    GflStudent rows = new GflStudent(outputs, targets, bins);
    return new StudentPass() {
      @Override
      public List<LossTerm> losses() {
        return ownLosses(rows, targets);
      }

      @Override
      public Step step(TeacherOutputs teacher, TrainingProgress progress) {
        return rows.step(teacher, progress);
      }

      @Override
      public NDArray zero() {
        return rows.zero();
      }
    };
  }

  private List<LossTerm> ownLosses(GflStudent rows, GflTargets targets) {
    LossTerm cls = new LossTerm("loss_cls").times(1.0 / targets.samples());
    LossTerm bbox = new LossTerm("loss_bbox");
    LossTerm dfl = new LossTerm("loss_dfl");
    cls.add(
        rows.isJoint()
            ? QualityFocalLoss.backgroundOfProbabilities(rows.scores(), settings.beta())
            : QualityFocalLoss.background(rows.scores(), settings.beta()));
    rows.positives()
        .ifPresent(
            positives -> {
              addForeground(cls, rows, positives, targets);
              addBoxes(bbox, dfl, rows, positives, targets);
            });
    return settings.dflWeight() > 0 ? List.of(cls, bbox, dfl) : List.of(cls, bbox);
  }

  private void addForeground(
      LossTerm cls, GflStudent rows, PositiveBoxes positives, GflTargets targets) {
    NDArray atLabel = Rows.pick(rows.scoresAtPositives(), targets.labels());
    cls.add(
        rows.isJoint()
            ? QualityFocalLoss.foregroundOfProbabilities(atLabel, positives.iou(), settings.beta())
            : QualityFocalLoss.foreground(atLabel, positives.iou(), settings.beta()));
  }

  private void addBoxes(
      LossTerm bbox, LossTerm dfl, GflStudent rows, PositiveBoxes positives, GflTargets targets) {
    NDArray weights = positives.scores();
    NDArray weightSum = weights.sum().add(MIN_WEIGHT);
    bbox.add(positives.giouLoss().mul(weights)).times(settings.giouWeight()).dividedBy(weightSum);
    if (settings.dflWeight() > 0) {
      NDArray perEdge =
          DistributionFocalLoss.perEdge(
              rows.dist().at(targets.positives()).reshape(-1, bins), targets.distances());
      dfl.add(perEdge.reshape(-1, 4).sum(new int[] {1}).mul(weights))
          .times(settings.dflWeight() / 4)
          .dividedBy(weightSum);
    }
  }
}
