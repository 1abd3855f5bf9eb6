package dev.lectern.trainer.assign;

import dev.lectern.detector.prior.PriorGrid;
import java.util.List;

/**
 * A batch whose student decides what it learns: its objects, and what follows from them alone.
 *
 * @param rows the order of its rows
 * @param images the objects of each image
 * @param thresholds for each image (G) the IoU from which on ATSS counts a candidate of an object,
 *     which bounds the valuable regions
 */
public record UnassignedBatch(BatchRows rows, List<GroundTruth> images, List<double[]> thresholds)
    implements BatchTargets {

  /**
   * The batch of some images.
   *
   * @param rule that the thresholds are taken from
   */
  public static UnassignedBatch of(List<GroundTruth> images, PriorGrid priors, Assigner rule) {
    return new UnassignedBatch(
        new BatchRows(priors, images.size()),
        List.copyOf(images),
        images.stream().map(truth -> rule.assign(truth.boxes()).thresholds()).toList());
  }

  @Override
  public RowRegion positives() {
    throw unassigned();
  }

  @Override
  public <T> T part(TargetPart<T> key) {
    throw unassigned();
  }

  private static IllegalStateException unassigned() {
    return new IllegalStateException("the batch has no targets before the student's outputs");
  }
}
