package dev.lectern.trainer.family.yolov8;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.TaskAlignedAssigner;
import dev.lectern.trainer.assign.UnassignedBatch;
import dev.lectern.trainer.family.StudentPass;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.dense.DensePass;
import dev.lectern.trainer.family.dense.DenseStudent;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.dense.FocalTerms;
import dev.lectern.trainer.loss.CompleteIouLoss;
import dev.lectern.trainer.loss.DistributionFocalLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.StudentRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The training objective of YOLOv8: task-aligned targets, so the student's own scores and boxes
 * decide what it learns.
 *
 * <pre>
 *   t = target score of a row's class      S = max(1, Σ t)      N labelled images
 *   loss_cls = N cls Σ BCE(z, t) / S       loss_bbox = N box Σ (1 - CIoU) t / S
 *   loss_dfl = N dfl Σ t · mean over edges of DFL / S
 * </pre>
 *
 * <p>Own wording of the public training code, its factor N included; there is no paper. Keeps no
 * state.
 */
public final class YoloV8Objective implements TrainedFamily {
  private static final double MARGIN = 0.01;

  private final YoloV8Settings settings;
  private final int bins;
  private final DenseTargetAssembler assembler;
  private final BoxReading reading;
  private final TaskAlignedAssigner assigner;
  private final float[] points;

  /**
   * @param bins per box side
   * @param assembler of the targets; its own rule stands in where boxes alone decide
   * @param reading how the student's box outputs become boxes
   */
  public YoloV8Objective(
      YoloV8Settings settings, int bins, DenseTargetAssembler assembler, BoxReading reading) {
    this.settings = settings;
    this.bins = bins;
    this.assembler = assembler;
    this.reading = reading;
    this.assigner =
        new TaskAlignedAssigner(settings.assignTopk(), settings.alpha(), settings.beta());
    PriorGrid priors = reading.priors();
    this.points = new float[2 * priors.positions()];
    for (int i = 0; i < priors.positions(); i++) {
      points[2 * i] = priors.centreX(i);
      points[2 * i + 1] = priors.centreY(i);
    }
  }

  @Override
  public BatchTargets targets(List<GroundTruth> images) {
    return UnassignedBatch.of(images, reading.priors(), assembler.assigner());
  }

  @Override
  public Assigner assigner() {
    return assembler.assigner();
  }

  @Override
  public YoloV8Targets targets(BatchTargets prepared, Outputs<NDArray> outputs) {
    UnassignedBatch batch = (UnassignedBatch) prepared;
    BatchRows rows = batch.rows();
    NDArray cls = new StudentRows(outputs.get(TensorRole.CLASS_LOGITS), 1).all().stopGradient();
    float[] probabilities = cls.getNDArrayInternal().sigmoid().toFloatArray();
    float[] predicted = predicted(outputs, rows);
    int classes = (int) cls.getShape().get(1);
    List<Assignment> assignments = new ArrayList<>();
    List<float[]> scores = new ArrayList<>();
    for (int n = 0; n < rows.images(); n++) {
      TaskAlignedAssigner.Targets assigned =
          assigner.assign(
              rows.ofImage(n, probabilities, classes),
              rows.ofImage(n, predicted, 4),
              points,
              batch.images().get(n));
      float[] overlaps = new float[assigned.objects().length];
      Arrays.fill(overlaps, -1);
      assignments.add(new Assignment(assigned.objects(), overlaps, batch.thresholds().get(n)));
      scores.add(assigned.scores());
    }
    DenseTargets dense = assembler.assemble(batch.images(), assignments);
    return new YoloV8Targets(dense, atPositives(scores, dense));
  }

  /** The student's boxes, (N * R, 4) in pixels. */
  private float[] predicted(Outputs<NDArray> outputs, BatchRows rows) {
    NDArray dist = new StudentRows(outputs.get(TensorRole.BOX_DISTRIBUTION), 1).all();
    int[] positions = rows.positionsOf(IntStream.range(0, rows.count()).toArray());
    float[] boxes =
        GradientMode.off(
            () ->
                reading
                    .decoder()
                    .boxes(dist.stopGradient(), reading.priors(), positions)
                    .toFloatArray());
    for (int row = 0; row < positions.length; row++) {
      int stride = reading.priors().strideOf(positions[row]);
      for (int e = 4 * row; e < 4 * row + 4; e++) {
        boxes[e] *= stride;
      }
    }
    return boxes;
  }

  private float[] atPositives(List<float[]> scores, DenseTargets dense) {
    int[] rows = dense.positives().rows();
    int[] positions = dense.rows().positionsOf(rows);
    float[] chosen = new float[rows.length];
    for (int p = 0; p < rows.length; p++) {
      int level = reading.priors().levelOf(positions[p]);
      int image = (rows[p] - dense.rows().start(level)) / reading.priors().count(level);
      chosen[p] = scores.get(image)[positions[p]];
    }
    return chosen;
  }

  @Override
  public StudentPass pass(Outputs<NDArray> outputs, BatchTargets batch) {
    YoloV8Targets targets = (YoloV8Targets) batch;
    DenseStudent student = new DenseStudent(outputs, targets.points(), reading);
    return new DensePass(student, () -> losses(student, targets));
  }

  private List<LossTerm> losses(DenseStudent student, YoloV8Targets targets) {
    double sum = 0;
    for (float score : targets.scores()) {
      sum += score;
    }
    double share = targets.points().perImage().length / Math.max(1, sum);
    LossTerm cls = new LossTerm("loss_cls").times(share * settings.clsWeight());
    LossTerm bbox = new LossTerm("loss_bbox").times(share * settings.boxWeight());
    LossTerm dfl = new LossTerm("loss_dfl").times(share * settings.dflWeight());
    // BCE(z, t) = softplus(z) - z t, and t is 0 but at one class of each positive
    NDArray background = student.scores().getNDArrayInternal().softPlus().sum(new int[] {1});
    DenseTargets points = targets.points();
    cls.add(FocalTerms.counted(background, student, points));
    if (targets.positives().count() > 0) {
      NDArray weights = student.manager().create(targets.scores());
      cls.add(Rows.pick(student.scoresAtPositives(), points.labels()).mul(weights).neg());
      NDArray boxes = student.positives().orElseThrow().boxes();
      NDArray truth = student.positives().orElseThrow().truth();
      bbox.add(
          CompleteIouLoss.overlaps(boxes, truth, CompleteIouLoss.Form.YOLO)
              .neg()
              .add(1f)
              .mul(weights));
      NDArray perEdge =
          DistributionFocalLoss.perEdge(
              student.boxes().at(targets.positives()).reshape(-1, bins),
              points.distances(bins - 1 - MARGIN));
      dfl.add(perEdge.reshape(-1, 4).mean(new int[] {1}).mul(weights));
    }
    return List.of(cls, bbox, dfl);
  }
}
