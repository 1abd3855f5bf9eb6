package dev.lectern.detector.family.fcos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.DecoupledHead.Side;
import dev.lectern.detector.head.TowerSettings;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.schemas.config.Key;

/** An FCOS head, shared by all levels. */
@JsonTypeName("fcos")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FcosHeadSettings(
    @Key(
            meaning =
                "what the head gives of each side: e^x pixels, strides after a ReLU, or a"
                    + " distribution over bins")
        Distances distances,
    @Key(
            shownDefault = "17 of a distribution",
            min = 2,
            meaning = "per box side; bin j stands for j strides")
        Integer bins,
    @Key(meaning = "the tower that predicts the centerness") Side centerness,
    @JsonUnwrapped TowerSettings towers)
    implements HeadSettings {

  /** What the head gives of each side of a box. */
  public enum Distances {
    /** e^x pixels. */
    EXP,
    /** max(x, 0) strides. */
    NORMALIZED,
    /** Logits of a distribution over bins; bin j stands for j strides. */
    DISTRIBUTION
  }

  /** {@link #withLayers} applies the defaults of its layers. */
  public FcosHeadSettings {
    bins = bins == null && distances == Distances.DISTRIBUTION ? Integer.valueOf(17) : bins;
    towers = towers == null ? TowerSettings.NONE : towers;
    HeadSettings.require(
        bins == null || distances == Distances.DISTRIBUTION,
        "bins",
        bins,
        "nothing, since distances is " + distances);
  }

  /** Points are the middles of cells. */
  @Override
  public double gridOffset() {
    return 0.5;
  }

  @Override
  public FcosHeadSettings withLayers() {
    return new FcosHeadSettings(
        distances, bins, centerness, towers.withLayers(Normalization.GROUP));
  }

  @Override
  public FcosHeadSettings withoutLayers() {
    return new FcosHeadSettings(distances, bins, centerness, towers.withoutLayers());
  }
}
