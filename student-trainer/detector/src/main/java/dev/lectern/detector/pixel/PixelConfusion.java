package dev.lectern.detector.pixel;

import java.util.List;

/**
 * Which classes a network takes pixels for. Pixels whose true class is ignored are not counted. Not
 * safe for several threads.
 */
public final class PixelConfusion {
  private final long[][] counts;

  /**
   * @param classes K
   */
  public PixelConfusion(int classes) {
    counts = new long[classes][classes];
  }

  /**
   * Counts the pixels of an image.
   *
   * @throws IllegalArgumentException if the two are of different sizes
   */
  public void add(LabelMap truth, LabelMap found) {
    if (truth.width() != found.width() || truth.height() != found.height()) {
      throw new IllegalArgumentException(
          "label maps are "
              + truth.width()
              + " x "
              + truth.height()
              + " and "
              + found.width()
              + " x "
              + found.height());
    }
    for (int i = 0; i < truth.classes().length; i++) {
      int expected = Byte.toUnsignedInt(truth.classes()[i]);
      if (expected != LabelMap.IGNORED) {
        counts[expected][Byte.toUnsignedInt(found.classes()[i])]++;
      }
    }
  }

  /** Pixels by true class (rows) and found class (columns). */
  public long[][] counts() {
    long[][] copy = new long[counts.length][];
    for (int k = 0; k < copy.length; k++) {
      copy[k] = counts[k].clone();
    }
    return copy;
  }

  /**
   * The figures of the pixels so far.
   *
   * @param names of the classes, in label order
   */
  public SegmentationMetrics metrics(List<String> names) {
    return SegmentationMetrics.of(names, counts);
  }
}
