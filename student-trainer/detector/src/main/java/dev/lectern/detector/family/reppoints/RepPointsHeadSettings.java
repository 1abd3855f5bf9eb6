package dev.lectern.detector.family.reppoints;

import static dev.lectern.detector.family.HeadSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;

/**
 * A RepPoints head, shared by all levels; nine points stand for a box.
 *
 * @param depth 3x3 convolutions before each of the two branches [3]
 * @param channels of these convolutions [256]
 * @param pointChannels of the convolutions at the points [channels]
 * @param normalization after each convolution [group]
 * @param groups of group normalisation [32, or one per 4 channels where that is fewer]
 * @param gradientShare of the second stage's gradient that reaches the points of the first [0.1]
 */
@JsonTypeName("reppoints")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RepPointsHeadSettings(
    Integer depth,
    Integer channels,
    Integer pointChannels,
    Normalization normalization,
    Integer groups,
    Double gradientShare)
    implements HeadSettings {

  /** Refuses impossible values; {@link #withLayers} applies the defaults. */
  public RepPointsHeadSettings {
    require(depth == null || depth >= 0, "depth", depth, "0 or more");
    require(channels == null || channels > 0, "channels", channels, "a positive number");
    require(
        pointChannels == null || pointChannels > 0,
        "point-channels",
        pointChannels,
        "a positive number");
    require(groups == null || groups > 0, "groups", groups, "a positive number");
    require(
        gradientShare == null || (gradientShare >= 0 && gradientShare <= 1),
        "gradient-share",
        gradientShare,
        "a number from 0 to 1");
  }

  @Override
  public RepPointsHeadSettings withLayers() {
    Normalization kind = normalization == null ? Normalization.GROUP : normalization;
    int width = channels == null ? 256 : channels;
    require(
        groups == null || kind == Normalization.GROUP,
        "groups",
        groups,
        "nothing, since normalization is " + kind);
    return new RepPointsHeadSettings(
        depth == null ? 3 : depth,
        width,
        pointChannels == null ? width : pointChannels,
        kind,
        groups,
        gradientShare == null ? 0.1 : gradientShare);
  }

  @Override
  public RepPointsHeadSettings withoutLayers() {
    throw new IllegalArgumentException(
        "head.family: found reppoints, whose second stage reads the first; expected network:"
            + " native or torchscript_neck");
  }

  /** The normalisation behind each convolution. */
  Norm.Settings norm() {
    return new Norm.Settings(normalization, groups);
  }
}
