package dev.lectern.detector.family.gfl;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;

/**
 * A GFL head, shared by all levels.
 *
 * @param bins number B of bins per box side; bin j stands for j strides [17]
 * @param octaveBaseScale side of a level's square anchor in strides; GFL has 8, NanoDet 5 [8]
 * @param depth 3x3 convolutions before each of the two predictions [4]
 * @param channels of these convolutions [256]
 * @param normalization after each convolution [group]
 * @param groups of group normalisation [32, or one per 4 channels where that is fewer]
 */
@JsonTypeName("gfl")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GflHeadSettings(
    Integer bins,
    Double octaveBaseScale,
    Integer depth,
    Integer channels,
    Normalization normalization,
    Integer groups)
    implements HeadSettings {

  /** Applies the defaults of what the head gives; {@link #withLayers} those of its layers. */
  public GflHeadSettings {
    bins = bins == null ? 17 : bins;
    octaveBaseScale = octaveBaseScale == null ? 8.0 : octaveBaseScale;
    require(bins >= 2, "bins", bins, "2 or more");
    require(octaveBaseScale > 0, "octave-base-scale", octaveBaseScale, "a positive number");
    require(depth == null || depth >= 0, "depth", depth, "0 or more");
    require(channels == null || channels > 0, "channels", channels, "a positive number");
    require(groups == null || groups > 0, "groups", groups, "a positive number");
    require(
        groups == null || normalization == null || normalization == Normalization.GROUP,
        "groups",
        groups,
        "nothing, since normalization is " + normalization);
  }

  @Override
  public GflHeadSettings withLayers() {
    return new GflHeadSettings(
        bins,
        octaveBaseScale,
        depth == null ? 4 : depth,
        channels == null ? 256 : channels,
        normalization == null ? Normalization.GROUP : normalization,
        groups);
  }

  @Override
  public GflHeadSettings withoutLayers() {
    require(depth == null, "depth", depth, "nothing, since the model has its own layers");
    require(channels == null, "channels", channels, "nothing, since the model has its own layers");
    require(
        normalization == null && groups == null,
        "normalization",
        normalization,
        "nothing, since the model has its own layers");
    return this;
  }

  /** The normalisation behind each convolution. */
  Norm.Settings norm() {
    return new Norm.Settings(normalization, groups);
  }

  private static void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "head." + key + ": found " + found + ", expected " + expected);
    }
  }
}
