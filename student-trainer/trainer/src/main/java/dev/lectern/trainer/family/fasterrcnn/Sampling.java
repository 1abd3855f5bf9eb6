package dev.lectern.trainer.family.fasterrcnn;

import dev.lectern.detector.region.Assignment;
import dev.lectern.schemas.random.SplitMix64;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Draws the boxes of an image that learn, so that most of them are not background: Ren et al. 2015
 * (arXiv:1506.01497), section 3.1.3. What is drawn depends on the generator alone.
 *
 * @param count boxes
 * @param positiveShare largest part of them that shows objects
 */
record Sampling(int count, double positiveShare) {
  /**
   * The drawn boxes, each list ascending.
   *
   * @param positives that show an object
   * @param negatives that show background
   */
  record Sample(int[] positives, int[] negatives) {}

  /**
   * @param objects of each box, as {@link Assignment#objects} says
   */
  Sample draw(int[] objects, SplitMix64 random) {
    int[] positives =
        some(all(objects, true), (int) Math.floor(count * positiveShare + 1e-9), random);
    int[] negatives = some(all(objects, false), count - positives.length, random);
    return new Sample(positives, negatives);
  }

  private static int[] all(int[] objects, boolean positive) {
    return IntStream.range(0, objects.length)
        .filter(i -> positive ? objects[i] >= 0 : objects[i] == Assignment.BACKGROUND)
        .toArray();
  }

  private static int[] some(int[] of, int limit, SplitMix64 random) {
    if (of.length <= limit) {
      return of;
    }
    for (int i = 0; i < limit; i++) {
      int j = i + random.nextInt(of.length - i);
      int swapped = of[i];
      of[i] = of[j];
      of[j] = swapped;
    }
    int[] drawn = Arrays.copyOf(of, limit);
    Arrays.sort(drawn);
    return drawn;
  }
}
