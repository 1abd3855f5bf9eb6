package dev.lectern.detector.region;

import dev.lectern.detector.box.Overlap;
import java.util.Arrays;

/**
 * Assignment by largest overlap, as RetinaNet, RPN and the second stage of Faster R-CNN use it.
 *
 * <pre>
 *   largest IoU of an anchor &lt; negative: background;  ≥ positive: that box;  between: ignored
 * </pre>
 *
 * <p>Then, unless low-quality matches are off, each box whose best IoU reaches {@code minPositive}
 * takes every anchor that attains it, also from other boxes; a later box wins (Ren et al. 2015,
 * arXiv:1506.01497, section 3.1.2).
 *
 * <p>Overlaps are compared in single precision, the precision of the boxes, so that anchors of the
 * same size inside one box tie.
 *
 * @param positive IoU from which on an anchor is positive
 * @param negative IoU below which it is background
 * @param minPositive smallest best IoU for which a box takes its best anchors; {@link
 *     #NO_LOW_QUALITY} switches that step off
 */
public record MaxIouAssigner(double positive, double negative, double minPositive) {
  /** A value of {@code minPositive} that no overlap reaches. */
  public static final double NO_LOW_QUALITY = Double.POSITIVE_INFINITY;

  /** RetinaNet's 0.5, 0.4, 0. */
  public static final MaxIouAssigner RETINANET = new MaxIouAssigner(0.5, 0.4, 0);

  /**
   * Assigns the anchors of one image.
   *
   * @param anchors (R, 4) xyxy
   * @param boxes (G, 4) xyxy
   * @return (R) index of the box, {@link Assignment#BACKGROUND} or {@link Assignment#IGNORED}
   */
  public int[] assign(float[] anchors, float[] boxes) {
    int positions = anchors.length / 4;
    int count = boxes.length / 4;
    int[] objects = new int[positions];
    Arrays.fill(objects, Assignment.BACKGROUND);
    float[] bestOfAnchor = new float[positions];
    float[] bestOfBox = new float[count];
    float[][] overlaps = new float[count][positions];
    int[] nearest = new int[positions];
    for (int g = 0; g < count; g++) {
      for (int i = 0; i < positions; i++) {
        float iou = (float) Overlap.IOU.of(anchors, i, boxes, g);
        overlaps[g][i] = iou;
        bestOfBox[g] = Math.max(bestOfBox[g], iou);
        if (iou > bestOfAnchor[i]) {
          bestOfAnchor[i] = iou;
          nearest[i] = g;
        }
      }
    }
    for (int i = 0; count > 0 && i < positions; i++) {
      if (bestOfAnchor[i] >= positive) {
        objects[i] = nearest[i];
      } else if (bestOfAnchor[i] >= negative) {
        objects[i] = Assignment.IGNORED;
      }
    }
    for (int g = 0; g < count; g++) {
      for (int i = 0; bestOfBox[g] >= minPositive && i < positions; i++) {
        if (overlaps[g][i] == bestOfBox[g]) {
          objects[i] = g;
        }
      }
    }
    return objects;
  }
}
