package dev.lectern.trainer.replay;

import java.nio.FloatBuffer;

/**
 * A batch's values of one level, of which the recording holds some positions.
 *
 * @param rows (M, C), a row for each stored position of each view
 * @param index (N * H * W) row of each position, view by view; -1 where absent
 * @param cells of a view, H * W
 */
public record StoredRows(FloatArray rows, int[] index, int cells) {
  /** The positions of one view as a map, minus infinity where absent. */
  float[] spread(int image) {
    int channels = (int) rows.shape()[1];
    FloatBuffer stored = rows.bytes().asFloatBuffer();
    float[] map = new float[channels * cells];
    for (int cell = 0; cell < cells; cell++) {
      int row = index[image * cells + cell];
      for (int c = 0; c < channels; c++) {
        map[c * cells + cell] = row < 0 ? Float.NEGATIVE_INFINITY : stored.get(row * channels + c);
      }
    }
    return map;
  }
}
