package dev.lectern.detector.family.reppoints;

import static dev.lectern.detector.family.HeadSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.TowerSettings;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.schemas.config.Key;

/** A RepPoints head, shared by all levels; nine points stand for a box. */
@JsonTypeName("reppoints")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RepPointsHeadSettings(
    @Key(shownDefault = "3", min = 0, meaning = "3x3 convolutions before each of the two branches")
        Integer depth,
    @Key(shownDefault = "256", min = 1, meaning = "of these convolutions") Integer channels,
    @Key(shownDefault = "channels", min = 1, meaning = "of the convolutions at the points")
        Integer pointChannels,
    @Key(shownDefault = "group", meaning = "after each convolution") Normalization normalization,
    @Key(shownDefault = TowerSettings.GROUPS, min = 1, meaning = "of group normalisation")
        Integer groups,
    @Key(
            shownDefault = "0.1",
            min = 0,
            max = 1,
            meaning = "part of the second stage's gradient that reaches the points of the first")
        Double gradientShare)
    implements HeadSettings {

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

  /** The normalisation after each convolution. */
  Norm.Settings norm() {
    return new Norm.Settings(normalization, groups);
  }
}
