package dev.lectern.detector.region;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The positions of a level with the highest class scores. */
public final class TopScorePositions {
  private TopScorePositions() {}

  /**
   * @param cls (K, H, W) class logits from position 0
   * @param cells H * W
   * @param count how many; a level with fewer positions gives them all
   * @return ascending positions; of equal scores the lower positions
   */
  public static int[] of(FloatBuffer cls, int cells, int count) {
    float[] best = new float[cells];
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    float[] row = new float[cells];
    for (int k = 0; k < cls.remaining() / cells; k++) {
      cls.get(k * cells, row);
      for (int i = 0; i < cells; i++) {
        best[i] = Math.max(best[i], row[i]);
      }
    }
    return IntStream.range(0, cells)
        .boxed()
        .sorted((a, b) -> Float.compare(best[b], best[a]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .sorted()
        .toArray();
  }
}
