package dev.lectern.trainer.family.fasterrcnn;

import dev.lectern.detector.region.MaxIouAssigner;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.assign.TargetPart;
import java.util.List;
import java.util.Optional;

/**
 * What the boxes that teacher and student look at show.
 *
 * @param rows a row for each box, as many in each image
 * @param positives boxes that show an object
 * @param boxes of each image, (P, 4) xyxy pixels
 * @param assigner which boxes show which object
 * @param cells what follows from the ground truth besides
 */
record InstanceTargets(
    BatchRows rows,
    RowRegion positives,
    List<float[]> boxes,
    MaxIouAssigner assigner,
    BatchTargets cells)
    implements BatchTargets {
  @Override
  public <T> T part(TargetPart<T> key) {
    return cells.part(key);
  }

  @Override
  public Optional<int[]> assigned(int image, float[] objects) {
    return Optional.of(assigner.assign(boxes.get(image), objects));
  }
}
