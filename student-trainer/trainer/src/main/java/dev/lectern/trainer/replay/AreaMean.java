package dev.lectern.trainer.replay;

import java.util.Arrays;

/**
 * Makes a canvas smaller: a pixel is the mean of the area that it covers, each pixel below counting
 * by the part of it that lies there; rounded half up.
 *
 * <pre>
 *   q[i, j] = floor( (Σ wy[i, y] · wx[j, x] · p[y, x] + W·H/2) / (W·H) )
 *   wx[j, x] = length of [x·w, (x+1)·w) ∩ [j·W, (j+1)·W)
 * </pre>
 *
 * <p>Whole numbers throughout, so the bytes are the same on every machine. Immutable.
 */
final class AreaMean {
  private final Axis horizontal;
  private final Axis vertical;

  /**
   * For each place of the smaller axis the places of the larger one that it covers.
   *
   * @param first of them
   * @param weights of each, together {@code from}
   */
  private record Axis(int from, int to, int[] first, int[][] weights) {
    static Axis of(int from, int to) {
      int[] first = new int[to];
      int[][] weights = new int[to][];
      for (int i = 0; i < to; i++) {
        long begin = (long) i * from;
        long end = begin + from;
        first[i] = (int) (begin / to);
        int last = (int) ((end + to - 1) / to);
        weights[i] = new int[last - first[i]];
        for (int x = first[i]; x < last; x++) {
          weights[i][x - first[i]] =
              (int) (Math.min(end, (x + 1L) * to) - Math.max(begin, (long) x * to));
        }
      }
      return new Axis(from, to, first, weights);
    }
  }

  /**
   * @param width of what comes, pixels
   * @param smallerWidth of what goes, at most as much
   */
  AreaMean(int width, int height, int smallerWidth, int smallerHeight) {
    this.horizontal = Axis.of(width, smallerWidth);
    this.vertical = Axis.of(height, smallerHeight);
  }

  /**
   * Computes the smaller image.
   *
   * @param pixels (height, width, 3)
   * @return (smaller height, smaller width, 3)
   */
  byte[] of(byte[] pixels) {
    int columns = 3 * horizontal.to();
    int[] rows = new int[vertical.from() * columns];
    for (int y = 0; y < vertical.from(); y++) {
      sumRow(pixels, y, rows);
    }
    byte[] smaller = new byte[vertical.to() * columns];
    long[] sums = new long[columns];
    long area = (long) horizontal.from() * vertical.from();
    for (int i = 0; i < vertical.to(); i++) {
      Arrays.fill(sums, area / 2);
      int[] weights = vertical.weights()[i];
      for (int k = 0; k < weights.length; k++) {
        int row = (vertical.first()[i] + k) * columns;
        for (int c = 0; c < columns; c++) {
          sums[c] += (long) weights[k] * rows[row + c];
        }
      }
      for (int c = 0; c < columns; c++) {
        smaller[i * columns + c] = (byte) (sums[c] / area);
      }
    }
    return smaller;
  }

  private void sumRow(byte[] pixels, int y, int[] rows) {
    int source = 3 * y * horizontal.from();
    int target = 3 * y * horizontal.to();
    for (int j = 0; j < horizontal.to(); j++) {
      int[] weights = horizontal.weights()[j];
      for (int channel = 0; channel < 3; channel++) {
        int at = source + 3 * horizontal.first()[j] + channel;
        int sum = 0;
        for (int weight : weights) {
          sum += weight * (pixels[at] & 0xFF);
          at += 3;
        }
        rows[target + 3 * j + channel] = sum;
      }
    }
  }
}
