package dev.lectern.trainer.target;

import dev.lectern.detector.box.NonMaximumSuppression;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Non-maximum suppression with a limit, among candidates whose boxes are made only as far as they
 * are looked at: the best scores first, more while the limit is not reached. The outcome is that of
 * {@link NonMaximumSuppression#keep} with all boxes.
 */
public final class LazySuppression {
  private static final int FIRST = 64;
  private static final int GROWTH = 4;

  private LazySuppression() {}

  /**
   * Chooses among M candidates.
   *
   * @param scores (M)
   * @param boxes gives the boxes of some candidates, (rows, 4) xyxy
   * @param iouThreshold a box is dropped when its IoU with a kept one is strictly greater
   * @param limit at most so many are kept
   * @return kept indices in order of falling score
   */
  public static int[] keep(
      float[] scores, Function<int[], float[]> boxes, double iouThreshold, int limit) {
    int[] order = NonMaximumSuppression.byFallingScore(scores);
    int seen = Math.min(order.length, Math.max(FIRST, limit));
    while (true) {
      int[] best = Arrays.copyOf(order, seen);
      float[] bestScores = new float[seen];
      for (int i = 0; i < seen; i++) {
        bestScores[i] = scores[best[i]];
      }
      float[] made = seen == 0 ? new float[0] : boxes.apply(best);
      int[] kept = NonMaximumSuppression.keep(made, bestScores, iouThreshold, limit);
      if (kept.length == limit || seen == order.length) {
        return Arrays.stream(kept).map(i -> best[i]).toArray();
      }
      seen = Math.min(order.length, GROWTH * seen);
    }
  }
}
