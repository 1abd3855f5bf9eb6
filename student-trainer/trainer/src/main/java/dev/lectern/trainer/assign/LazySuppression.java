package dev.lectern.trainer.assign;

import dev.lectern.detector.box.NonMaximumSuppression;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.IntStream;

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
   * Which candidates take part at all.
   *
   * @param looked how many of the best scores are looked at
   * @param admitted how many of those whose boxes are large enough take part
   * @param minSide a box needs longer sides; negative infinity admits every box
   */
  public record Entrance(int looked, int admitted, double minSide) {
    /** Everything takes part. */
    public static final Entrance FREE =
        new Entrance(Integer.MAX_VALUE, Integer.MAX_VALUE, Double.NEGATIVE_INFINITY);

    /** Places among boxes in order of falling score, (n, 4) xyxy, that take part. */
    private int[] places(float[] boxes) {
      return IntStream.range(0, boxes.length / 4)
          .filter(i -> isLarge(boxes, i))
          .limit(admitted)
          .toArray();
    }

    private boolean isLarge(float[] boxes, int i) {
      return minSide == Double.NEGATIVE_INFINITY
          || boxes[4 * i + 2] - boxes[4 * i] > minSide
              && boxes[4 * i + 3] - boxes[4 * i + 1] > minSide;
    }
  }

  /**
   * Chooses among M candidates, which all take part.
   *
   * @param scores (M)
   * @param boxes gives the boxes of some candidates, (rows, 4) xyxy
   * @param iouThreshold a box is dropped when its IoU with a kept one is strictly greater
   * @param limit at most so many are kept
   * @return kept indices in order of falling score
   */
  public static int[] keep(
      float[] scores, Function<int[], float[]> boxes, double iouThreshold, int limit) {
    return keep(scores, boxes, Entrance.FREE, iouThreshold, limit);
  }

  /**
   * Chooses among M candidates.
   *
   * @param scores (M)
   * @param boxes gives the boxes of some candidates, (rows, 4) xyxy
   * @param entrance which take part
   * @param iouThreshold a box is dropped when its IoU with a kept one is strictly greater
   * @param limit at most so many are kept
   * @return kept indices in order of falling score
   */
  public static int[] keep(
      float[] scores,
      Function<int[], float[]> boxes,
      Entrance entrance,
      double iouThreshold,
      int limit) {
    int[] order = NonMaximumSuppression.byFallingScore(scores);
    int all = Math.min(order.length, entrance.looked());
    int seen = Math.min(all, Math.max(FIRST, limit));
    while (true) {
      int[] best = Arrays.copyOf(order, seen);
      float[] made = seen == 0 ? new float[0] : boxes.apply(best);
      int[] places = entrance.places(made);
      float[] entered = new float[4 * places.length];
      float[] enteredScores = new float[places.length];
      for (int k = 0; k < places.length; k++) {
        System.arraycopy(made, 4 * places[k], entered, 4 * k, 4);
        enteredScores[k] = scores[best[places[k]]];
      }
      int[] kept = NonMaximumSuppression.keep(entered, enteredScores, iouThreshold, limit);
      if (kept.length == limit || seen == all || places.length == entrance.admitted()) {
        return Arrays.stream(kept).map(k -> best[places[k]]).toArray();
      }
      seen = (int) Math.min(all, (long) GROWTH * seen);
    }
  }
}
