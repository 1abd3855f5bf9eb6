package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.DistributionFocalLoss;
import dev.lectern.trainer.loss.QualityFocalLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.target.GflTargets;
import dev.lectern.trainer.target.RowRegion;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The training objective of a head with class scores and box distributions (GFL, NanoDet): quality
 * focal loss, GIoU and distribution focal loss, plus a list of distillation terms.
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
 * belong to the student tensors' manager; nothing here keeps state but what the terms learn.
 */
public final class GflObjective {
  private static final float LEAST_WEIGHT = 1e-6f;

  private final GflSettings settings;
  private final int bins;
  private final List<WeightedTerm> terms;

  /**
   * @param bins number of bins per edge of the student
   * @param terms what is learned from teachers; may be empty
   */
  public GflObjective(GflSettings settings, int bins, List<WeightedTerm> terms) {
    this.settings = settings;
    this.bins = bins;
    this.terms = List.copyOf(terms);
  }

  /**
   * The losses of a batch: the detector's own, then one per term in the order of the list.
   *
   * @param teachers outputs of each teacher that the terms count
   */
  public Losses losses(
      StudentOutputs student, List<TeacherOutputs> teachers, GflTargets targets, Moment moment) {
    StudentRows rows = new StudentRows(student, targets, bins);
    List<LossTerm> losses = new ArrayList<>(ownLosses(rows, targets));
    List<TermStep> steps =
        teachers.stream().map(t -> new TermStep(rows, t, targets, moment)).toList();
    for (WeightedTerm term : terms) {
      if (term.teacher() >= steps.size()) {
        throw new IllegalArgumentException(
            term.name()
                + " listens to teacher "
                + term.teacher()
                + ", given are the outputs of "
                + steps.size());
      }
      losses.add(term.value(steps.get(term.teacher())));
    }
    return new Losses(losses, Rows.zero(rows.dist()));
  }

  private List<LossTerm> ownLosses(StudentRows rows, GflTargets targets) {
    RowRegion main = targets.positives();
    LossTerm cls = new LossTerm("loss_cls").times(1.0 / targets.samples());
    LossTerm bbox = new LossTerm("loss_bbox");
    LossTerm dfl = new LossTerm("loss_dfl");
    NDArray background =
        rows.isJoint()
            ? QualityFocalLoss.backgroundOfProbabilities(rows.scores(), settings.beta())
            : QualityFocalLoss.background(rows.scores(), settings.beta());
    cls.add(
        background, IntStream.rangeClosed(0, rows.levels()).map(targets.rows()::start).toArray());
    if (main.count() > 0) {
      addForeground(cls, rows, targets);
      addBoxes(bbox, dfl, rows, targets);
    }
    return settings.dflWeight() > 0 ? List.of(cls, bbox, dfl) : List.of(cls, bbox);
  }

  private void addForeground(LossTerm cls, StudentRows rows, GflTargets targets) {
    StudentRows.Main main = rows.main();
    NDArray atLabel = Rows.pick(main.scores(), targets.labels());
    cls.add(
        rows.isJoint()
            ? QualityFocalLoss.foregroundOfProbabilities(atLabel, main.iou(), settings.beta())
            : QualityFocalLoss.foreground(atLabel, main.iou(), settings.beta()),
        targets.positives().bounds());
  }

  private void addBoxes(LossTerm bbox, LossTerm dfl, StudentRows rows, GflTargets targets) {
    StudentRows.Main main = rows.main();
    int[] bounds = targets.positives().bounds();
    NDArray weightSum = main.weights().sum().add(LEAST_WEIGHT);
    bbox.add(main.misfit().mul(main.weights()), bounds)
        .times(settings.giouWeight())
        .dividedBy(weightSum);
    if (settings.dflWeight() > 0) {
      NDArray perEdge =
          DistributionFocalLoss.perEdge(main.dist().reshape(-1, bins), targets.distances());
      dfl.add(perEdge.reshape(-1, 4).sum(new int[] {1}).mul(main.weights()), bounds)
          .times(settings.dflWeight() / 4)
          .dividedBy(weightSum);
    }
  }
}
