package dev.lectern.trainer.family.gfl;

import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.assign.TargetPart;
import java.util.Map;

/**
 * What a head with class scores and box distributions learns from one batch, and what its losses
 * want to know of the ground truth beyond that.
 *
 * @param rows the row order that all indices refer to
 * @param positives the main region: positions with an object, weights 1
 * @param samples what the class loss is divided by: the sum over images of max(1, positives), as in
 *     the public code, so that an image without objects counts as one
 * @param labels (P) class of each positive
 * @param boxes (P, 4) its box, xyxy in strides of its level
 * @param centres (P, 2) its prior's centre in strides
 * @param distances (P, 4) distances l, t, r, b of the box from the centre in strides, clamped to
 *     the support of the distribution
 * @param parts what the assembler was asked for besides, by key
 */
public record GflTargets(
    BatchRows rows,
    RowRegion positives,
    int samples,
    int[] labels,
    float[] boxes,
    float[] centres,
    float[] distances,
    Map<TargetPart<?>, Object> parts)
    implements BatchTargets {

  /** Copies the map. */
  public GflTargets {
    parts = Map.copyOf(parts);
  }

  @Override
  @SuppressWarnings("unchecked") // the assembler stores what the key computes
  public <T> T part(TargetPart<T> key) {
    Object value = parts.get(key);
    if (value == null) {
      throw new IllegalArgumentException(
          "the targets lack " + key + ", expected the assembler to have been asked for it");
    }
    return (T) value;
  }
}
