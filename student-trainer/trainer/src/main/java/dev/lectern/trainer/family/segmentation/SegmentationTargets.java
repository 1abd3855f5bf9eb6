package dev.lectern.trainer.family.segmentation;

import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.assign.TargetPart;
import java.util.Map;

/**
 * The classes of a batch's pixels.
 *
 * @param rows cells of the logits
 * @param height of the canvas, pixels
 * @param width of the canvas, pixels
 * @param classes N * height * width, row-major, 255 where ignored
 * @param parts what was asked for besides, by key
 */
record SegmentationTargets(
    BatchRows rows, int height, int width, byte[] classes, Map<TargetPart<?>, Object> parts)
    implements BatchTargets {
  /** Copies the map. */
  SegmentationTargets {
    parts = Map.copyOf(parts);
  }

  /** None: there are no objects. */
  @Override
  public RowRegion positives() {
    return new RowRegion(new int[0], new float[0], new int[rows.levels() + 1]);
  }

  @Override
  @SuppressWarnings("unchecked") // stored is what the key computes
  public <T> T part(TargetPart<T> key) {
    Object value = parts.get(key);
    if (value == null) {
      throw new IllegalArgumentException("the targets lack " + key);
    }
    return (T) value;
  }
}
