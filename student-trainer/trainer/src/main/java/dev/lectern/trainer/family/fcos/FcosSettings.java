package dev.lectern.trainer.family.fcos;

import dev.lectern.detector.region.FcosAssigner;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.family.dense.OverlapLoss;
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

  /** The box loss of a head whose boxes are distributions, or distances. */
  OverlapLoss boxLossOf(int bins) {
    return boxLoss != null ? boxLoss : bins > 0 ? OverlapLoss.GIOU : OverlapLoss.IOU;
  }

  /** Pixels at which the largest side distance passes on to the next level. */
  List<Double> rangesOf(List<Integer> strides) {
    return ranges != null
        ? ranges
        : strides.subList(0, strides.size() - 1).stream().map(stride -> STRIDES * stride).toList();
  }

  /**
   * The rule by which points learn.
   *
   * @param strides of the levels
   * @throws IllegalArgumentException if there are ranges for another number of levels
   */
  FcosAssigner assigner(List<Integer> strides) {
    return FcosAssigner.ofRanges(rangesOf(strides), strides, centerRadius);
  }
}
