package dev.lectern.trainer.replay;

import java.nio.FloatBuffer;
import java.util.Map;

/**
 * Outputs of one recording's teacher on a batch, by tensor name ({@code cls.0}, {@code dist.0},
 * {@code fpn.0}, ...); each tensor is in one of the three. Class logits are in the order of the
 * dataset's classes.
 *
 * @param maps tensors that hold every position, (N, C, H, W)
 * @param narrow such tensors too, for the device to widen
 * @param rows tensors that hold some positions only
 */
public record TeacherArrays(
    Map<String, FloatArray> maps, Map<String, NarrowArray> narrow, Map<String, StoredRows> rows) {
  /** Copies the maps. */
  public TeacherArrays {
    maps = Map.copyOf(maps);
    narrow = Map.copyOf(narrow);
    rows = Map.copyOf(rows);
  }

  /** Whether a tensor is there, in whole or in part. */
  public boolean has(String name) {
    return maps.containsKey(name) || narrow.containsKey(name) || rows.containsKey(name);
  }

  /**
   * A tensor of one view as numbers.
   *
   * @param image place of the view in the batch
   * @return (C, H, W), minus infinity at positions that are not recorded
   */
  public float[] of(String name, int image) {
    if (maps.containsKey(name)) {
      FloatBuffer sample = maps.get(name).sample(image);
      float[] values = new float[sample.remaining()];
      sample.get(values);
      return values;
    }
    return narrow.containsKey(name)
        ? narrow.get(name).widened(image)
        : rows.get(name).spread(image);
  }
}
