package dev.lectern.trainer.family.reppoints;

import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.dense.DenseTargets;
import java.util.List;

/**
 * What the points of a batch learn in both stages.
 *
 * @param images the objects of each image
 * @param initial of the first stage
 * @param refined of the second; those of the first until the student's outputs are known
 */
public record RepPointsTargets(List<GroundTruth> images, DenseTargets initial, DenseTargets refined)
    implements BatchTargets {
  @Override
  public BatchRows rows() {
    return refined.rows();
  }

  @Override
  public RowRegion positives() {
    return refined.positives();
  }

  @Override
  public RowRegion main() {
    return refined.main();
  }

  @Override
  public boolean learns(int image) {
    return refined.learns(image);
  }

  @Override
  public boolean isAnnotated(int image) {
    return refined.isAnnotated(image);
  }

  @Override
  public <T> T part(TargetPart<T> key) {
    return refined.part(key);
  }
}
