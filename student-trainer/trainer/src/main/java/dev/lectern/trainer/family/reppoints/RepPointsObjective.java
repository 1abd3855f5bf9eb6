package dev.lectern.trainer.family.reppoints;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.PointsDecoder;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.detector.region.MaxIouAssigner;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.family.StudentPass;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.dense.DensePass;
import dev.lectern.trainer.family.dense.DenseStudent;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.dense.FocalTerms;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.loss.SmoothL1Loss;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.BoxReading;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The training objective of RepPoints: the nearest points learn an object in the first stage, and
 * the boxes of the first stage decide what the second learns.
 *
 * <pre>
 *   P = Σ over images of max(1, positives) of the stage      boxes in units of the base side
 *   loss_cls         focal over all rows but ignored ones / P of the second stage
 *   loss_pts_init    0.5 Σ smooth L1(box of the initial points) / P
 *   loss_pts_refine  Σ smooth L1(box of the refined points) / P
 * </pre>
 *
 * <p>Yang et al. 2019 (arXiv:1904.11490), section 4, with the normalisation of its public code.
 * Keeps no state.
 */
public final class RepPointsObjective implements TrainedFamily {
  private final RepPointsSettings settings;
  private final DenseTargetAssembler first;
  private final DenseTargetAssembler second;
  private final BoxReading reading;
  private final MaxIouAssigner assigner;

  /**
   * @param first assembler of the first stage's targets
   * @param second of the second's, with what losses want to know besides
   * @param reading how the refined points become boxes
   */
  public RepPointsObjective(
      RepPointsSettings settings,
      DenseTargetAssembler first,
      DenseTargetAssembler second,
      BoxReading reading) {
    this.settings = settings;
    this.first = first;
    this.second = second;
    this.reading = reading;
    this.assigner =
        new MaxIouAssigner(
            settings.positiveIou(), settings.negativeIou(), settings.minPositiveIou());
  }

  @Override
  public BatchTargets targets(List<GroundTruth> images) {
    DenseTargets initial = first.assemble(images);
    return new RepPointsTargets(List.copyOf(images), initial, initial);
  }

  @Override
  public Assigner assigner() {
    return second.assigner();
  }

  @Override
  public RepPointsTargets targets(BatchTargets prepared, Outputs<NDArray> outputs) {
    RepPointsTargets batch = (RepPointsTargets) prepared;
    BatchRows rows = batch.rows();
    float[] boxes =
        GradientMode.off(
            () -> {
              int[] all = IntStream.range(0, rows.count()).toArray();
              return initialBoxes(outputs, rows, all).toFloatArray();
            });
    PriorGrid priors = reading.priors();
    List<Assignment> assignments = new ArrayList<>();
    for (int n = 0; n < rows.images(); n++) {
      float[] own = rows.ofImage(n, boxes, 4);
      for (int i = 0; i < priors.positions(); i++) {
        for (int e = 4 * i; e < 4 * i + 4; e++) {
          own[e] *= priors.strideOf(i);
        }
      }
      float[] truth = batch.images().get(n).boxes();
      int[] objects = assigner.assign(own, truth);
      float[] overlaps = new float[objects.length];
      Arrays.fill(overlaps, -1);
      double[] thresholds = second.assigner().assign(truth).thresholds();
      assignments.add(new Assignment(objects, overlaps, thresholds));
    }
    return new RepPointsTargets(
        batch.images(), batch.initial(), second.assemble(batch.images(), assignments));
  }

  /** Boxes of the initial points at some rows, in strides. */
  private NDArray initialBoxes(Outputs<NDArray> outputs, BatchRows rows, int[] at) {
    NDArray points = Rows.take(Rows.of(outputs.get(TensorRole.INITIAL_POINTS), 1), at);
    NDArray factors =
        Rows.take(Rows.of(outputs.get(TensorRole.BOX_POINTS), 1), at)
            .get(":, " + PointsDecoder.COORDINATES + ":");
    return reading
        .decoder()
        .boxes(points.concat(factors, 1), reading.priors(), rows.positionsOf(at));
  }

  @Override
  public StudentPass pass(Outputs<NDArray> outputs, BatchTargets batch) {
    RepPointsTargets targets = (RepPointsTargets) batch;
    DenseStudent student = new DenseStudent(outputs, targets.refined(), reading);
    return new DensePass(student, () -> losses(outputs, student, targets));
  }

  private List<LossTerm> losses(
      Outputs<NDArray> outputs, DenseStudent student, RepPointsTargets targets) {
    DenseTargets initial = targets.initial();
    DenseTargets refined = targets.refined();
    LossTerm init =
        new LossTerm("loss_pts_init").times(settings.initialWeight() / initial.samples());
    LossTerm refine =
        new LossTerm("loss_pts_refine").times(settings.refinedWeight() / refined.samples());
    if (initial.positives().count() > 0) {
      NDArray boxes = initialBoxes(outputs, targets.rows(), initial.positives().rows());
      NDArray truth =
          student.manager().create(initial.boxes(), new Shape(initial.labels().length, 4));
      init.add(boxLoss(boxes, truth));
    }
    student
        .positives()
        .ifPresent(positives -> refine.add(boxLoss(positives.boxes(), positives.truth())));
    return List.of(
        FocalTerms.classes(
            student,
            refined,
            settings.gamma(),
            settings.alpha(),
            settings.clsWeight(),
            refined.samples()),
        init,
        refine);
  }

  private NDArray boxLoss(NDArray boxes, NDArray truth) {
    NDArray unit = Constants.of(boxes, 1 / settings.baseScale());
    return SmoothL1Loss.rows(boxes.mul(unit), truth.mul(unit), settings.smoothBeta());
  }
}
