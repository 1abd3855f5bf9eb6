package dev.lectern.trainer.family.fcos;

import java.util.ArrayList;
import java.util.List;

/**
 * How an FCOS head learns from ground truth; the part {@code objective} of its run.
 *
 * @param gamma exponent of the focal loss [2]
 * @param alpha balance of the focal loss [0.25]
 * @param clsWeight weight of the class loss [1]
 * @param boxLoss {@code iou}, minus its logarithm, or {@code giou} [iou; giou where boxes are
 *     distributions]
 * @param boxWeight weight of the box loss [1]
 * @param centernessWeight weight of the centerness loss [1]
 * @param ranges pixels at which the largest side distance passes on to the next level, one fewer
 *     than levels [8 strides of each level but the last]
 * @param centerRadius of the square around an object's centre whose points learn it, in strides; 0
 *     for all points in its box [0]
 */
public record FcosSettings(
    Double gamma,
    Double alpha,
    Double clsWeight,
    BoxLoss boxLoss,
    Double boxWeight,
    Double centernessWeight,
    List<Double> ranges,
    Double centerRadius) {
  private static final double STRIDES = 8;
  private static final double NO_LIMIT = 1e8;

  /** Losses of boxes. */
  public enum BoxLoss {
    /** -ln IoU. */
    IOU,
    /** 1 - GIoU. */
    GIOU
  }

  /** Applies the defaults that do not depend on the network. */
  public FcosSettings {
    gamma = gamma == null ? 2.0 : gamma;
    alpha = alpha == null ? 0.25 : alpha;
    clsWeight = clsWeight == null ? 1.0 : clsWeight;
    boxWeight = boxWeight == null ? 1.0 : boxWeight;
    centernessWeight = centernessWeight == null ? 1.0 : centernessWeight;
    centerRadius = centerRadius == null ? 0.0 : centerRadius;
    if (centerRadius < 0) {
      throw new IllegalArgumentException(
          "center-radius: found " + centerRadius + ", expected 0 or more");
    }
  }

  /** The box loss of a head whose boxes are distributions, or distances. */
  BoxLoss boxLossOf(int bins) {
    return boxLoss != null ? boxLoss : bins > 0 ? BoxLoss.GIOU : BoxLoss.IOU;
  }

  /**
   * The rule by which points learn.
   *
   * @param strides of the levels
   * @throws IllegalArgumentException if there are ranges for another number of levels
   */
  FcosAssigner assigner(List<Integer> strides) {
    List<Double> ends = new ArrayList<>();
    if (ranges == null) {
      strides.subList(0, strides.size() - 1).forEach(stride -> ends.add(STRIDES * stride));
    } else {
      ends.addAll(ranges);
    }
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
    return new FcosAssigner(low, high, centerRadius);
  }
}
