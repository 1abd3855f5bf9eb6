package dev.lectern.detector.family.gfl;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.TowerSettings;
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
    HeadSettings.require(bins >= 2, "bins", bins, "2 or more");
    HeadSettings.require(
        octaveBaseScale > 0, "octave-base-scale", octaveBaseScale, "a positive number");
    new TowerSettings(depth, channels, normalization, groups, null);
  }

  @Override
  public GflHeadSettings withLayers() {
    return with(towers().withLayers(Normalization.GROUP));
  }

  @Override
  public GflHeadSettings withoutLayers() {
    return with(towers().withoutLayers());
  }

  /** Its convolutions. */
  public TowerSettings towers() {
    return new TowerSettings(depth, channels, normalization, groups, null);
  }

  private GflHeadSettings with(TowerSettings towers) {
    return new GflHeadSettings(
        bins,
        octaveBaseScale,
        towers.depth(),
        towers.channels(),
        towers.normalization(),
        towers.groups());
  }
}
