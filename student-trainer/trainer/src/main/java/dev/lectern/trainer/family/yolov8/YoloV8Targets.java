package dev.lectern.trainer.family.yolov8;

import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.family.dense.DenseTargets;

/**
 * What the points of a batch learn.
 *
 * @param points which object each learns
 * @param scores (P) target score of each positive's class
 */
public record YoloV8Targets(DenseTargets points, float[] scores) implements BatchTargets {
  @Override
  public BatchRows rows() {
    return points.rows();
  }

  @Override
  public RowRegion positives() {
    return points.positives();
  }

  @Override
  public RowRegion main() {
    return points.main();
  }

  @Override
  public boolean learns(int image) {
    return points.learns(image);
  }

  @Override
  public boolean isAnnotated(int image) {
    return points.isAnnotated(image);
  }

  @Override
  public <T> T part(TargetPart<T> key) {
    return points.part(key);
  }
}
