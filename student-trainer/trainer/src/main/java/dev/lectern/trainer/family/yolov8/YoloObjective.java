package dev.lectern.trainer.family.yolov8;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.BoxIntegral;
import dev.lectern.detector.box.DistanceCoder;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.TaskAlignedAssigner;
import dev.lectern.trainer.loss.CompleteIouLoss;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.DistributionFocalLoss;
import dev.lectern.trainer.loss.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The training objective of YOLOv8: task-aligned targets, so the student's own scores and boxes
 * decide what it learns.
 *
 * <pre>
 *   t = target score of a row's class      S = max(1, Σ t)
 *   loss_cls = cls · Σ BCE(z, t) / S       loss_bbox = box · Σ (1 - CIoU) t / S
 *   loss_dfl = dfl · Σ t · mean over edges of DFL / S
 *   loss     = N · (loss_cls + loss_bbox + loss_dfl)
 * </pre>
 *
 * <p>Own wording of the public training code; there is no paper. Published gains: box 7.5, cls 0.5,
 * dfl 1.5. Stateless.
 */
public final class YoloObjective {
  private static final double MARGIN = 0.01;

  private final TaskAlignedAssigner assigner;
  private final Gains gains;
  private final int classes;
  private final int bins;

  /** Weights of the three losses. */
  public record Gains(double box, double cls, double dfl) {}

  /**
   * The losses of a batch and the targets behind them, rows in {@link BatchRows} order.
   *
   * @param total the loss to minimise, with the factor N
   * @param box weighted, without N
   * @param cls weighted, without N
   * @param dfl weighted, without N
   * @param objects (N * R) index of the box in its image, -1 on background
   * @param scores (N * R) target score of the box's class
   */
  public record Result(
      NDArray total, NDArray box, NDArray cls, NDArray dfl, int[] objects, float[] scores) {}

  /**
   * @param classes K
   * @param bins number of bins per edge
   */
  public YoloObjective(TaskAlignedAssigner assigner, Gains gains, int classes, int bins) {
    this.assigner = assigner;
    this.gains = gains;
    this.classes = classes;
    this.bins = bins;
  }

  /**
   * The losses of a batch.
   *
   * @param maps per level (N, 4 * B + K, H, W): distribution logits, then class logits
   * @param priors points at cell centres
   * @param images ground truth of each image, in pixels
   */
  public Result losses(List<NDArray> maps, PriorGrid priors, List<GroundTruth> images) {
    NDArray outputs = Rows.of(maps);
    BatchRows rows = new BatchRows(priors, images.size());
    if (!outputs.getShape().equals(new Shape(rows.count(), 4L * bins + classes))) {
      throw new IllegalArgumentException(
          "student has rows "
              + outputs.getShape()
              + ", expected "
              + new Shape(rows.count(), 4L * bins + classes));
    }
    NDArray dist = outputs.get(":, :" + 4 * bins);
    NDArray cls = outputs.get(":, " + 4 * bins + ":");
    float[] centres = centres(rows, priors);
    NDArray boxes = BoxIntegral.boxes(BoxIntegral.distances(dist, bins), centres);
    Targets targets = assign(cls, boxes, rows, priors, images);

    NDManager manager = outputs.getManager();
    double sum = 0;
    for (float score : targets.scores) {
      sum += score;
    }
    float share = (float) (1 / Math.max(1, sum));
    NDArray wanted = manager.create(targets.oneHot(classes), cls.getShape());
    NDArray entropy = cls.getNDArrayInternal().softPlus().sub(cls.mul(wanted));
    NDArray clsLoss = entropy.sum().mul(Constants.of(cls, share * gains.cls()));
    NDArray boxLoss = Rows.zero(dist);
    NDArray dflLoss = Rows.zero(dist);
    if (targets.positives.length > 0) {
      int[] positives = targets.positives;
      NDArray weights = manager.create(targets.at(positives));
      NDArray truth = manager.create(targets.boxes, new Shape(positives.length, 4));
      NDArray ciouLoss =
          CompleteIouLoss.overlaps(Rows.take(boxes, positives), truth, CompleteIouLoss.Form.YOLO)
              .neg()
              .add(1f);
      boxLoss = ciouLoss.mul(weights).sum().mul(Constants.of(cls, share * gains.box()));
      NDArray edges =
          DistributionFocalLoss.perEdge(
              Rows.take(dist, positives).reshape(-1, bins), distances(targets, centres));
      NDArray perRow = edges.reshape(-1, 4).mean(new int[] {1});
      dflLoss = perRow.mul(weights).sum().mul(Constants.of(cls, share * gains.dfl()));
    }
    NDArray total = boxLoss.add(clsLoss).add(dflLoss).mul(Constants.of(cls, images.size()));
    return new Result(total, boxLoss, clsLoss, dflLoss, targets.objects, targets.scores);
  }

  private float[] distances(Targets targets, float[] centres) {
    float[] distances = new float[targets.boxes.length];
    for (int p = 0; p < targets.positives.length; p++) {
      int row = targets.positives[p];
      DistanceCoder.encode(
          centres[2 * row],
          centres[2 * row + 1],
          targets.boxes,
          p,
          bins - 1 - MARGIN,
          distances,
          4 * p);
    }
    return distances;
  }

  /** Centres of all rows in strides of their level. */
  private static float[] centres(BatchRows rows, PriorGrid priors) {
    float[] centres = new float[2 * rows.count()];
    for (int level = 0; level < priors.levels().size(); level++) {
      float[] ofLevel = rows.centresInStrides(level);
      System.arraycopy(ofLevel, 0, centres, 2 * rows.start(level), ofLevel.length);
    }
    return centres;
  }

  /** Targets of a batch, rows in {@link BatchRows} order. */
  private static final class Targets {
    private final int[] objects;
    private final int[] labels;
    private final float[] scores;
    private int[] positives;
    private float[] boxes;

    Targets(int count) {
      objects = new int[count];
      labels = new int[count];
      scores = new float[count];
    }

    float[] oneHot(int classes) {
      float[] wanted = new float[scores.length * classes];
      for (int row : positives) {
        wanted[row * classes + labels[row]] = scores[row];
      }
      return wanted;
    }

    float[] at(int[] rows) {
      float[] chosen = new float[rows.length];
      for (int i = 0; i < rows.length; i++) {
        chosen[i] = scores[rows[i]];
      }
      return chosen;
    }
  }

  private Targets assign(
      NDArray cls, NDArray boxes, BatchRows rows, PriorGrid priors, List<GroundTruth> images) {
    float[] probabilities = cls.stopGradient().getNDArrayInternal().sigmoid().toFloatArray();
    float[] predicted = boxes.stopGradient().toFloatArray();
    int count = priors.positions();
    float[] points = new float[2 * count];
    for (int i = 0; i < count; i++) {
      points[2 * i] = priors.centreX(i);
      points[2 * i + 1] = priors.centreY(i);
    }
    Targets targets = new Targets(rows.count());
    float[][] boxOfRow = new float[rows.count()][];
    for (int n = 0; n < images.size(); n++) {
      float[] scores = new float[count * classes];
      float[] candidates = new float[count * 4];
      for (int i = 0; i < count; i++) {
        int row = rows.row(n, i);
        float stride = priors.levels().get(priors.levelOf(i)).stride();
        System.arraycopy(probabilities, row * classes, scores, i * classes, classes);
        for (int e = 0; e < 4; e++) {
          candidates[4 * i + e] = predicted[4 * row + e] * stride;
        }
      }
      GroundTruth truth = images.get(n);
      TaskAlignedAssigner.Targets assigned = assigner.assign(scores, candidates, points, truth);
      for (int i = 0; i < count; i++) {
        int row = rows.row(n, i);
        int object = assigned.objects()[i];
        targets.objects[row] = object;
        targets.scores[row] = assigned.scores()[i];
        if (object >= 0) {
          float stride = priors.levels().get(priors.levelOf(i)).stride();
          targets.labels[row] = truth.labels()[object];
          boxOfRow[row] = Arrays.copyOfRange(truth.boxes(), 4 * object, 4 * object + 4);
          for (int e = 0; e < 4; e++) {
            boxOfRow[row][e] /= stride;
          }
        }
      }
    }
    collect(targets, boxOfRow);
    return targets;
  }

  private static void collect(Targets targets, float[][] boxOfRow) {
    List<Integer> positives = new ArrayList<>();
    for (int row = 0; row < boxOfRow.length; row++) {
      if (boxOfRow[row] != null) {
        positives.add(row);
      }
    }
    targets.positives = positives.stream().mapToInt(Integer::intValue).toArray();
    targets.boxes = new float[4 * positives.size()];
    for (int p = 0; p < targets.positives.length; p++) {
      System.arraycopy(boxOfRow[targets.positives[p]], 0, targets.boxes, 4 * p, 4);
    }
  }
}
