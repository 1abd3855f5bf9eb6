package dev.lectern.detector.region;

import dev.lectern.detector.prior.PriorGrid;
import java.util.Arrays;
import java.util.List;

/**
 * Assignment of points by size range (FCOS, arXiv:1904.01355, section 3.2 and 3.3).
 *
 * <pre>
 *   candidate: point inside the box, or with centre sampling inside the square of half-side
 *              radius · stride around the box's centre, cut to the box
 *              and  low ≤ max(l, t, r, b) ≤ high  of the point's level
 *   of several candidates the smallest box wins
 * </pre>
 *
 * @param low smallest reach per level in pixels
 * @param high largest reach per level in pixels
 * @param radius half-side of the sampled square in strides; 0 samples the whole box
 */
public record FcosAssigner(double[] low, double[] high, double radius) {
  private static final double NO_LIMIT = 1e8;

  /** Copies the ranges and refuses lists of different length. */
  public FcosAssigner {
    low = low.clone();
    high = high.clone();
    if (low.length != high.length) {
      throw new IllegalArgumentException(
          low.length + " lower and " + high.length + " upper ends of ranges, expected as many");
    }
  }

  /**
   * By the ends of the ranges.
   *
   * @param ends pixels at which the largest side distance passes on to the next level
   * @param strides of the levels
   * @throws IllegalArgumentException if there are ends of another number of levels
   */
  public static FcosAssigner ofRanges(List<Double> ends, List<Integer> strides, double radius) {
    if (ends.size() != strides.size() - 1) {
      throw new IllegalArgumentException(
          "ranges: found " + ends + ", expected one fewer than the " + strides.size() + " levels");
    }
    double[] low = new double[strides.size()];
    double[] high = new double[strides.size()];
    for (int level = 0; level < low.length; level++) {
      low[level] = level == 0 ? -1 : ends.get(level - 1);
      high[level] = level == low.length - 1 ? NO_LIMIT : ends.get(level);
    }
    return new FcosAssigner(low, high, radius);
  }

  /**
   * Assigns the points of one image.
   *
   * @param priors one range per level is expected
   * @param boxes (G, 4) xyxy pixels
   * @return (R) index of the box, or {@link Assignment#BACKGROUND}
   */
  public int[] assign(PriorGrid priors, float[] boxes) {
    if (low.length != priors.levels().size()) {
      throw new IllegalArgumentException(
          low.length + " ranges for " + priors.levels().size() + " levels");
    }
    int[] objects = new int[priors.positions()];
    Arrays.fill(objects, Assignment.BACKGROUND);
    for (int level = 0; level < low.length; level++) {
      double reach = radius * priors.levels().get(level).stride();
      for (int i = priors.start(level); i < priors.start(level + 1); i++) {
        double smallest = Double.POSITIVE_INFINITY;
        for (int g = 0; g < boxes.length / 4; g++) {
          double area =
              ((double) boxes[4 * g + 2] - boxes[4 * g])
                  * ((double) boxes[4 * g + 3] - boxes[4 * g + 1]);
          if (area < smallest && isCandidate(priors, i, boxes, g, level, reach)) {
            smallest = area;
            objects[i] = g;
          }
        }
      }
    }
    return objects;
  }

  private boolean isCandidate(
      PriorGrid priors, int i, float[] boxes, int g, int level, double reach) {
    double[] edges = edges(priors.centreX(i), priors.centreY(i), boxes, g);
    double largest = Math.max(Math.max(edges[0], edges[1]), Math.max(edges[2], edges[3]));
    if (largest < low[level] || largest > high[level]) {
      return false;
    }
    return radius == 0 ? smallest(edges) > 0 : smallest(sampled(priors, i, boxes, g, reach)) > 0;
  }

  /** Distances of the point from the edges of the sampled square. */
  private static double[] sampled(PriorGrid priors, int i, float[] boxes, int g, double reach) {
    double cx = ((double) boxes[4 * g] + boxes[4 * g + 2]) / 2;
    double cy = ((double) boxes[4 * g + 1] + boxes[4 * g + 3]) / 2;
    return new double[] {
      priors.centreX(i) - Math.max(cx - reach, boxes[4 * g]),
      priors.centreY(i) - Math.max(cy - reach, boxes[4 * g + 1]),
      Math.min(cx + reach, boxes[4 * g + 2]) - priors.centreX(i),
      Math.min(cy + reach, boxes[4 * g + 3]) - priors.centreY(i)
    };
  }

  /** Distances l, t, r, b of a point from the edges of box g; negative outside. */
  private static double[] edges(double x, double y, float[] boxes, int g) {
    return new double[] {
      x - boxes[4 * g], y - boxes[4 * g + 1], boxes[4 * g + 2] - x, boxes[4 * g + 3] - y
    };
  }

  private static double smallest(double[] edges) {
    return Math.min(Math.min(edges[0], edges[1]), Math.min(edges[2], edges[3]));
  }
}
