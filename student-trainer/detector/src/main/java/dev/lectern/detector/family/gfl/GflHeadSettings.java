package dev.lectern.detector.family.gfl;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.TowerSettings;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.schemas.config.Key;

/** A GFL head, shared by all levels. */
@JsonTypeName("gfl")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GflHeadSettings(
    @Key(defaultsTo = "17", min = 2, meaning = "per box side; bin j stands for j strides") int bins,
    @Key(
            defaultsTo = "8",
            above = 0,
            meaning = "side of a level's square anchor in strides; NanoDet has 5")
        double octaveBaseScale,
    @Key(shownDefault = "4", min = 0, meaning = "3x3 convolutions before each prediction")
        Integer depth,
    @Key(shownDefault = "256", min = 1, meaning = "of these convolutions") Integer channels,
    @Key(shownDefault = "group", meaning = "after each convolution") Normalization normalization,
    @Key(shownDefault = TowerSettings.GROUPS, min = 1, meaning = "of group normalisation")
        Integer groups)
    implements HeadSettings {

  /** {@link #withLayers} applies the defaults of its layers. */
  public GflHeadSettings {
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
