package dev.lectern.trainer.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.loss.BoxIntegral;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.target.GflTargets;
import dev.lectern.trainer.target.RowRegion;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * The student's logits of a batch as rows, and what follows from them at the positives; computed
 * once a step for all losses.
 */
public final class StudentRows {
  private final StudentOutputs outputs;
  private final RowRegion main;
  private final int bins;
  private final NDManager manager;
  private final NDArray cls;
  private final NDArray dist;
  private final NDArray scores;
  private final Map<LevelAdapter, NDArray> adapted = new IdentityHashMap<>();
  private Main atPositives;

  /**
   * The positives, P of them; there is at least one.
   *
   * @param cls (P, K) class logits
   * @param scores (P, K) class logits, or probabilities of a head with joint scores
   * @param dist (P, 4 * B) box distribution logits
   * @param weights (P) largest class probability, constant
   * @param boxes (P, 4) decoded, xyxy in strides
   * @param truth (P, 4) their objects
   * @param iou (P) overlap of the two, constant
   * @param misfit (P) 1 - GIoU of the two
   */
  public record Main(
      NDArray cls,
      NDArray scores,
      NDArray dist,
      NDArray weights,
      NDArray boxes,
      NDArray truth,
      NDArray iou,
      NDArray misfit) {}

  StudentRows(StudentOutputs outputs, GflTargets targets, int bins) {
    this.outputs = outputs;
    this.main = targets.positives();
    this.bins = bins;
    this.manager = outputs.cls().get(0).getManager();
    this.cls = Rows.of(outputs.cls());
    this.dist = Rows.of(outputs.dist());
    this.scores = isJoint() ? Rows.of(outputs.scores()) : cls;
    checkShapes(targets.rows().count());
    if (main.count() > 0) {
      atPositives = atPositives(targets);
    }
  }

  private void checkShapes(int rows) {
    if (cls.getShape().get(0) != rows || !dist.getShape().equals(new Shape(rows, 4L * bins))) {
      throw new IllegalArgumentException(
          "student has class rows "
              + cls.getShape()
              + " and distribution rows "
              + dist.getShape()
              + ", expected ("
              + rows
              + ", K) and ("
              + rows
              + ", 4 x "
              + bins
              + ")");
    }
  }

  private Main atPositives(GflTargets targets) {
    NDArray mainCls = Rows.take(cls, main.rows());
    NDArray mainDist = Rows.take(dist, main.rows());
    NDArray mainScores = isJoint() ? Rows.take(scores, main.rows()) : mainCls;
    NDArray best = mainScores.stopGradient().max(new int[] {1});
    NDArray boxes = BoxIntegral.boxes(BoxIntegral.distances(mainDist, bins), targets.centres());
    NDArray truth = manager.create(targets.boxes(), new Shape(main.count(), 4));
    GeneralizedIouLoss.Overlaps overlaps = GeneralizedIouLoss.overlaps(boxes, truth);
    return new Main(
        mainCls,
        mainScores,
        mainDist,
        isJoint() ? best : best.getNDArrayInternal().sigmoid(),
        boxes,
        truth,
        overlaps.iou(),
        overlaps.giou().neg().add(1f));
  }

  /** The maps that the rows were made of. */
  StudentOutputs outputs() {
    return outputs;
  }

  NDManager manager() {
    return manager;
  }

  int levels() {
    return outputs.cls().size();
  }

  /** Whether the head gives scores that are not the sigmoids of its class logits. */
  boolean isJoint() {
    return !outputs.scores().isEmpty();
  }

  /** (N * R, K) class logits, or the probabilities of a head with joint scores. */
  NDArray scores() {
    return scores;
  }

  /** (N * R, K) class logits. */
  public NDArray cls() {
    return cls;
  }

  /** (N * R, 4 * B) box distribution logits. */
  public NDArray dist() {
    return dist;
  }

  /** Number of bins per edge, B. */
  public int bins() {
    return bins;
  }

  /**
   * What follows at the positives.
   *
   * @throws IllegalStateException if there are none
   */
  public Main main() {
    if (atPositives == null) {
      throw new IllegalStateException("the batch has no positives");
    }
    return atPositives;
  }

  /** Class logits of a region that is not empty, (M, K). */
  public NDArray clsIn(RowRegion region) {
    return region == main ? main().cls() : Rows.take(cls, region.rows());
  }

  /**
   * The largest class score of a region's rows.
   *
   * @return (M), probabilities, constants
   */
  public NDArray scoresIn(RowRegion region) {
    return clsIn(region).stopGradient().max(new int[] {1}).getNDArrayInternal().sigmoid();
  }

  /** Distribution logits of a region that is not empty, (M, 4 * B). */
  public NDArray distIn(RowRegion region) {
    return region == main ? main().dist() : Rows.take(dist, region.rows());
  }

  NDArray adapted(LevelAdapter adapter) {
    return adapted.computeIfAbsent(adapter, a -> a.apply(outputs.features().get(a.level())));
  }
}
