package dev.lectern.detector.box;

import java.util.Arrays;
import java.util.List;

/**
 * Boxes on the levels that their sizes belong to, for pooling: floor(4 + log2(side / 224 + 1e-8)),
 * where level k has stride 2^k, clamped to the levels there are (Lin et al. 2017, arXiv:1612.03144,
 * eq. 1).
 */
public final class RoiLevels {
  private static final double CANONICAL_SIDE = 224;
  private static final int CANONICAL_LEVEL = 4;
  private static final double EPSILON = 1e-8;

  private RoiLevels() {}

  /**
   * The boxes of one level.
   *
   * @param boxes of each image, (G, 4) xyxy pixels
   * @param strides of all levels, fine to coarse
   * @param level which of them
   * @return (K, 5) image index, x1, y1, x2, y2
   */
  public static float[] rois(List<float[]> boxes, int[] strides, int level) {
    float[] rois = new float[boxes.stream().mapToInt(b -> b.length / 4 * 5).sum()];
    int size = 0;
    for (int n = 0; n < boxes.size(); n++) {
      float[] own = boxes.get(n);
      for (int g = 0; g < own.length / 4; g++) {
        if (levelOf(own, g, strides) == level) {
          rois[size] = n;
          System.arraycopy(own, 4 * g, rois, size + 1, 4);
          size += 5;
        }
      }
    }
    return Arrays.copyOf(rois, size);
  }

  /**
   * The smallest area of a box on a level.
   *
   * @param stride of the level
   * @return square pixels
   */
  public static double smallestArea(int stride) {
    double relative =
        Math.pow(2, Integer.numberOfTrailingZeros(stride) - CANONICAL_LEVEL) - EPSILON;
    return Math.pow(CANONICAL_SIDE * relative, 2);
  }

  /** The places of a level's boxes among those of all images, in the order of {@link #rois}. */
  public static int[] places(List<float[]> boxes, int[] strides, int level) {
    int[] places = new int[boxes.stream().mapToInt(b -> b.length / 4).sum()];
    int size = 0;
    int place = 0;
    for (float[] own : boxes) {
      for (int g = 0; g < own.length / 4; g++, place++) {
        if (levelOf(own, g, strides) == level) {
          places[size++] = place;
        }
      }
    }
    return Arrays.copyOf(places, size);
  }

  private static int levelOf(float[] boxes, int g, int[] strides) {
    double area =
        ((double) boxes[4 * g + 2] - boxes[4 * g]) * ((double) boxes[4 * g + 3] - boxes[4 * g + 1]);
    double side = Math.sqrt(Math.max(area, 0));
    double level =
        Math.floor(CANONICAL_LEVEL + Math.log(side / CANONICAL_SIDE + EPSILON) / Math.log(2));
    int finest = Integer.numberOfTrailingZeros(strides[0]);
    return (int) Math.min(Math.max(level - finest, 0), strides.length - 1);
  }
}
