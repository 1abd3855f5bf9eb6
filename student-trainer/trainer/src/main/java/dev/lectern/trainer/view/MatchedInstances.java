package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.DistanceDecoder;
import dev.lectern.detector.box.Overlap;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxActivation;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.OneToOneMatching;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which instance of a teacher stands for each object of a batch. A query is matched as set
 * predictors match it while they learn, one query to one object; a proposal or a detection is the
 * one that overlaps the object most.
 *
 * <pre>
 *   cost = 2 class + 5 L1(cx, cy, w, h as parts of the input) - 2 GIoU
 *   class = focal(p; α 0.25, γ 2) - focal of the opposite, of a sigmoid's p;  -p of a softmax's, weight 1
 * </pre>
 *
 * <p>Carion et al. 2020 (arXiv:2005.12872), eq. 1 and appendix A.4; Zhu et al. 2021
 * (arXiv:2010.04159), appendix A.4 for the class term and its weight.
 */
public final class MatchedInstances implements ObjectOutputs {
  private static final double ALPHA = 0.25;
  private static final double L1_WEIGHT = 5;
  private static final double GIOU_WEIGHT = 2;
  private static final double TINY = 1e-8;

  /** Farther than any box can be, in strides. */
  private static final float NOWHERE = 1e6f;

  private final TeacherInstances teacher;
  private final List<int[]> rowOfObject;
  private final List<int[]> boxOfObject;

  private MatchedInstances(
      TeacherInstances teacher, List<int[]> rowOfObject, List<int[]> boxOfObject) {
    this.teacher = teacher;
    this.rowOfObject = rowOfObject;
    this.boxOfObject = boxOfObject;
  }

  /**
   * Matches a batch.
   *
   * @param images objects of each image
   * @param width of the input, pixels
   * @param height of the input, pixels
   */
  public static MatchedInstances of(
      TeacherInstances teacher, List<GroundTruth> images, double width, double height) {
    List<int[]> rows = new ArrayList<>();
    List<int[]> boxes = new ArrayList<>();
    for (int image = 0; image < images.size(); image++) {
      GroundTruth truth = images.get(image);
      boolean isSet = teacher.has(TensorRole.INSTANCE_LOGITS) && !teacher.areProposals();
      int[] matched =
          isSet
              ? queries(teacher, image, truth, width, height)
              : nearest(teacher, image, truth, false);
      rows.add(matched);
      boxes.add(isSet ? matched : nearest(teacher, image, truth, true));
    }
    return new MatchedInstances(teacher, rows, boxes);
  }

  private static int[] queries(
      TeacherInstances teacher, int image, GroundTruth truth, double width, double height) {
    int count = teacher.counts()[image];
    double[][] costs = new double[truth.count()][count];
    float[] boxes = teacher.boxesOf(image);
    boolean sigmoid = teacher.coding().getActivation() == ClassActivation.SIGMOID;
    for (int row = 0; row < count; row++) {
      double[] p = teacher.probabilities(image, row);
      for (int g = 0; g < truth.count(); g++) {
        double ofClass = p[truth.labels()[g]];
        double cls = sigmoid ? 2 * focal(ofClass) : -ofClass;
        double giou = Overlap.GIOU.of(boxes, row, truth.boxes(), g);
        costs[g][row] =
            cls
                + L1_WEIGHT * distance(boxes, row, truth.boxes(), g, width, height)
                - GIOU_WEIGHT * giou;
      }
    }
    if (count == 0) {
      int[] none = new int[truth.count()];
      Arrays.fill(none, -1);
      return none;
    }
    return OneToOneMatching.match(costs);
  }

  private static double focal(double p) {
    double positive = ALPHA * (1 - p) * (1 - p) * -Math.log(p + TINY);
    double negative = (1 - ALPHA) * p * p * -Math.log(1 - p + TINY);
    return positive - negative;
  }

  private static double distance(float[] a, int i, float[] b, int j, double width, double height) {
    double sum = 0;
    for (int axis = 0; axis < 2; axis++) {
      double size = axis == 0 ? width : height;
      double lowA = a[4 * i + axis] / size;
      double highA = a[4 * i + 2 + axis] / size;
      double lowB = b[4 * j + axis] / size;
      double highB = b[4 * j + 2 + axis] / size;
      sum += Math.abs((lowA + highA - lowB - highB) / 2);
      sum += Math.abs((highA - lowA) - (highB - lowB));
    }
    return sum;
  }

  /**
   * The instance that overlaps each object most.
   *
   * @param ofClass whether its final box counts, and it must be of the object's class
   */
  private static int[] nearest(
      TeacherInstances teacher, int image, GroundTruth truth, boolean ofClass) {
    int[] found = new int[truth.count()];
    Arrays.fill(found, -1);
    double[] best = new double[found.length];
    for (int row = 0; row < teacher.counts()[image]; row++) {
      int label = teacher.label(image, row);
      float[] box =
          ofClass
              ? teacher.box(image, row, label)
              : teacher.row(TensorRole.INSTANCE_BOXES, image, row, 4);
      for (int g = 0; g < found.length; g++) {
        double iou = Overlap.IOU.of(box, 0, truth.boxes(), g);
        if (iou > best[g] && (!ofClass || label == truth.labels()[g])) {
          best[g] = iou;
          found[g] = row;
        }
      }
    }
    return found;
  }

  @Override
  public boolean hasLogits() {
    return teacher.has(TensorRole.INSTANCE_LOGITS);
  }

  @Override
  public boolean has(int image, int object) {
    return boxOfObject.get(image)[object] >= 0 && (!hasLogits() || row(image, object) >= 0);
  }

  @Override
  public float[] logits(int image, int object) {
    return teacher.independentLogits(image, row(image, object));
  }

  @Override
  public float[] box(int image, int object) {
    int box = boxOfObject.get(image)[object];
    return teacher.box(image, box, teacher.label(image, box));
  }

  /** The instance of an object; -1 if there is none. */
  public int row(int image, int object) {
    return rowOfObject.get(image)[object];
  }

  /**
   * The positives of a student that learns objects at cells.
   *
   * @param rows (P) of the batch
   * @param images (P) of each
   * @param objects (P) of each, in its image
   * @param centres (P, 2) of their priors, in strides
   * @param strides (P) of their levels
   */
  public record Positives(
      int[] rows, int[] images, int[] objects, float[] centres, int[] strides) {}

  /**
   * What the teacher gives at the positives. For an object without an instance, the class logits
   * are the student's own and the box lies far outside, so that nothing is learned.
   *
   * @param features the teacher's other outputs
   * @param priors of the student
   * @param batchRows of the batch, N * R
   * @param student (P, K) class logits of the student, constants
   */
  public TeacherOutputs at(
      Positives positives,
      TeacherOutputs features,
      PriorGrid priors,
      int batchRows,
      NDArray student,
      NDManager manager) {
    int count = positives.rows().length;
    int[] index = new int[batchRows];
    Arrays.fill(index, -1);
    float[] logits =
        student == null ? new float[count * teacher.classes()] : student.toFloatArray();
    float[] distances = new float[4 * count];
    Map<Integer, Integer> placeOfRow = new HashMap<>();
    for (int p = 0; p < count; p++) {
      index[positives.rows()[p]] = p;
      placeOfRow.put(positives.rows()[p], p);
      int image = positives.images()[p];
      int row = rowOfObject.get(image)[positives.objects()[p]];
      if (row >= 0 && teacher.has(TensorRole.INSTANCE_LOGITS)) {
        float[] own = teacher.independentLogits(image, row);
        System.arraycopy(own, 0, logits, p * teacher.classes(), teacher.classes());
      }
      int box = boxOfObject.get(image)[positives.objects()[p]];
      if (box < 0) {
        Arrays.fill(distances, 4 * p, 4 * p + 4, NOWHERE);
      } else {
        float[] corners = box(image, positives.objects()[p]);
        float stride = positives.strides()[p];
        float cx = positives.centres()[2 * p];
        float cy = positives.centres()[2 * p + 1];
        distances[4 * p] = cx - corners[0] / stride;
        distances[4 * p + 1] = cy - corners[1] / stride;
        distances[4 * p + 2] = corners[2] / stride - cx;
        distances[4 * p + 3] = corners[3] / stride - cy;
      }
    }
    TeacherRows cls =
        count == 0 || logits.length == 0
            ? null
            : new TeacherRows(manager.create(logits, new Shape(count, teacher.classes())), index);
    TeacherRows boxes =
        count == 0 ? null : new TeacherRows(manager.create(distances, new Shape(count, 4)), index);
    return features.at(
        cls,
        boxes,
        new BoxReading(new DistanceDecoder(BoxUnit.STRIDES, BoxActivation.NONE), priors),
        teacher.has(TensorRole.INSTANCE_DISTRIBUTION)
            ? new MatchedDistributions(this, positives, placeOfRow)
            : null);
  }

  /** The teacher's instances. */
  TeacherInstances teacher() {
    return teacher;
  }
}
