package dev.lectern.trainer.family.fcos;

import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import java.util.Arrays;

/**
 * Assignment of points by size range (FCOS, arXiv:1904.01355, section 3.2 and 3.3).
 *
 * <pre>
 *   candidate: point inside the box, or with centre sampling inside the square of half-side
 *              radius · stride around the box's centre, cut to the box
 *              and  low ≤ max(l, t, r, b) ≤ high  of the point's level
 *   of several candidates the smallest box wins
 *   centerness = sqrt( min(l,r)/max(l,r) · min(t,b)/max(t,b) )
 * </pre>
 *
 * @param low smallest reach per level in pixels
 * @param high largest reach per level in pixels
 * @param radius half-side of the sampled square in strides; 0 samples the whole box
 */
public record FcosAssigner(double[] low, double[] high, double radius) {

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
   * Targets of one image.
   *
   * @param objects (R) index of the box, or {@link Assignment#BACKGROUND}
   * @param inside (R) whether the point lies strictly inside some box
   * @param distances (R, 4) l, t, r, b in pixels; 0 on background
   * @param centerness (R); 0 on background
   */
  public record Targets(int[] objects, boolean[] inside, float[] distances, float[] centerness) {}

  /**
   * Assigns the points of one image.
   *
   * @param priors one range per level is expected
   * @param boxes (G, 4) xyxy pixels
   */
  public Targets assign(PriorGrid priors, float[] boxes) {
    if (low.length != priors.levels().size()) {
      throw new IllegalArgumentException(
          low.length + " ranges for " + priors.levels().size() + " levels");
    }
    int positions = priors.positions();
    int[] objects = new int[positions];
    Arrays.fill(objects, Assignment.BACKGROUND);
    boolean[] inside = new boolean[positions];
    float[] distances = new float[4 * positions];
    float[] centerness = new float[positions];
    for (int level = 0; level < low.length; level++) {
      double reach = radius * priors.levels().get(level).stride();
      for (int i = priors.start(level); i < priors.start(level + 1); i++) {
        double smallest = Double.POSITIVE_INFINITY;
        for (int g = 0; g < boxes.length / 4; g++) {
          double[] edges = edges(priors.centreX(i), priors.centreY(i), boxes, g);
          inside[i] |= least(edges) > 0;
          double area =
              ((double) boxes[4 * g + 2] - boxes[4 * g])
                  * ((double) boxes[4 * g + 3] - boxes[4 * g + 1]);
          if (area < smallest && isCandidate(priors, i, boxes, g, edges, level, reach)) {
            smallest = area;
            objects[i] = g;
            write(edges, distances, 4 * i);
            centerness[i] = (float) centerness(edges);
          }
        }
      }
    }
    return new Targets(objects, inside, distances, centerness);
  }

  private boolean isCandidate(
      PriorGrid priors, int i, float[] boxes, int g, double[] edges, int level, double reach) {
    double largest = Math.max(Math.max(edges[0], edges[1]), Math.max(edges[2], edges[3]));
    if (largest < low[level] || largest > high[level]) {
      return false;
    }
    return radius == 0 ? least(edges) > 0 : least(sampled(priors, i, boxes, g, reach)) > 0;
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
  public static double[] edges(double x, double y, float[] boxes, int g) {
    return new double[] {
      x - boxes[4 * g], y - boxes[4 * g + 1], boxes[4 * g + 2] - x, boxes[4 * g + 3] - y
    };
  }

  private static double least(double[] edges) {
    return Math.min(Math.min(edges[0], edges[1]), Math.min(edges[2], edges[3]));
  }

  /** How central a point lies, 1 at the centre; from its distances inside the box. */
  public static double centerness(double[] edges) {
    double horizontal = Math.min(edges[0], edges[2]) / Math.max(edges[0], edges[2]);
    double vertical = Math.min(edges[1], edges[3]) / Math.max(edges[1], edges[3]);
    return Math.sqrt(horizontal * vertical);
  }

  private static void write(double[] edges, float[] distances, int at) {
    for (int e = 0; e < 4; e++) {
      distances[at + e] = (float) edges[e];
    }
  }
}
