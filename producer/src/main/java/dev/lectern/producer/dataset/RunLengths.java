package dev.lectern.producer.dataset;

import java.util.ArrayList;
import java.util.List;

/**
 * A mask in COCO's run-length code: lengths of runs down the columns, outside and inside in turn.
 *
 * @param width pixels
 * @param height pixels
 * @param lengths their sum is width * height
 */
public record RunLengths(int width, int height, int[] lengths) {
  /** Refuses runs that do not fill the mask. */
  public RunLengths {
    long sum = 0;
    for (int length : lengths) {
      sum += length;
    }
    if (sum != (long) width * height) {
      throw new IllegalArgumentException(
          "found runs of " + sum + " pixels in a mask of " + width + "x" + height);
    }
  }

  /** Whether the mask is as large as an image. */
  boolean isOfSize(int imageWidth, int imageHeight) {
    return width == imageWidth && height == imageHeight;
  }

  /**
   * From the compressed text of COCO: each number in groups of five bits, lowest first, six bits a
   * character from '0' on; from the fourth on the difference to the number two before.
   *
   * @throws IllegalArgumentException if it is none
   */
  static RunLengths ofText(int width, int height, String text) {
    List<Integer> lengths = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      long value = 0;
      int shift = 0;
      int group;
      do {
        group = at < text.length() ? text.charAt(at++) - 48 : -1;
        if (group < 0 || group > 63 || shift > 30) {
          throw new IllegalArgumentException("found run lengths that end or break off");
        }
        value |= (long) (group & 0x1f) << shift;
        shift += 5;
      } while ((group & 0x20) != 0);
      if ((group & 0x10) != 0) {
        value |= -1L << shift;
      }
      if (lengths.size() > 2) {
        value += lengths.get(lengths.size() - 2);
      }
      if (value < 0 || value > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("found a run of " + value + " pixels");
      }
      lengths.add((int) value);
    }
    return new RunLengths(width, height, lengths.stream().mapToInt(Integer::intValue).toArray());
  }
}
