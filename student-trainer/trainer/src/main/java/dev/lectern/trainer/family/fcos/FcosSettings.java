package dev.lectern.trainer.family.fcos;

import dev.lectern.detector.region.FcosAssigner;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.family.dense.OverlapLoss;
import java.util.ArrayList;
import java.util.List;

/** How an FCOS head learns from ground truth; the part {@code objective} of its run. */
public record FcosSettings(
    @Key(defaultsTo = "2", meaning = "exponent of the focal loss") double gamma,
    @Key(defaultsTo = "0.25", meaning = "balance of the focal loss") double alpha,
    @Key(defaultsTo = "1", meaning = "weight of the class loss") double clsWeight,
    @Key(
            shownDefault = "iou; giou where boxes are distributions",
            meaning = "minus the logarithm of the IoU, or 1 - that form of it")
        OverlapLoss boxLoss,
    @Key(defaultsTo = "1", meaning = "weight of the box loss") double boxWeight,
    @Key(defaultsTo = "1", meaning = "weight of the centerness loss") double centernessWeight,
    @Key(
            shownDefault = "8 strides of each level but the last",
            meaning =
                "pixels at which the largest side distance passes on to the next level, one fewer than levels")
        List<Double> ranges,
    @Key(
            defaultsTo = "0",
            min = 0,
            meaning =
                "of the square around an object's centre whose points learn it, in strides; 0 for all points in its box")
        double centerRadius) {
  private static final double STRIDES = 8;
  private static final double NO_LIMIT = 1e8;

  /** The box loss of a head whose boxes are distributions, or distances. */
  OverlapLoss boxLossOf(int bins) {
    return boxLoss != null ? boxLoss : bins > 0 ? OverlapLoss.GIOU : OverlapLoss.IOU;
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
