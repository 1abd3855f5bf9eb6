package dev.lectern.detector.family.gflv2;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.TowerSettings;
import dev.lectern.detector.layer.Normalization;

/**
 * A GFLv2 head, shared by all levels.
 *
 * @param bins number B of bins per box side; bin j stands for j strides [17]
 * @param octaveBaseScale side of a level's square anchor in strides [8]
 * @param qualityTopk probabilities of each box side that tell the quality [4]
 * @param qualityMean whether their mean does, too [true]
 * @param qualityChannels of the hidden layer that tells the quality [64]
 * @param towers its convolutions, with group normalisation
 */
@JsonTypeName("gflv2")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Gflv2HeadSettings(
    Integer bins,
    Double octaveBaseScale,
    Integer qualityTopk,
    Boolean qualityMean,
    Integer qualityChannels,
    @JsonUnwrapped TowerSettings towers)
    implements HeadSettings {

  /** Applies the defaults of what the head gives; {@link #withLayers} those of its layers. */
  public Gflv2HeadSettings {
    bins = bins == null ? 17 : bins;
    octaveBaseScale = octaveBaseScale == null ? 8.0 : octaveBaseScale;
    qualityTopk = qualityTopk == null ? 4 : qualityTopk;
    qualityMean = qualityMean == null ? true : qualityMean;
    qualityChannels = qualityChannels == null ? 64 : qualityChannels;
    towers = towers == null ? TowerSettings.NONE : towers;
    HeadSettings.require(bins >= 2, "bins", bins, "2 or more");
    HeadSettings.require(octaveBaseScale > 0, "octave-base-scale", octaveBaseScale, "above 0");
    HeadSettings.require(
        qualityTopk >= 1 && qualityTopk <= bins,
        "quality-topk",
        qualityTopk,
        "1 to the number of bins");
    HeadSettings.require(
        qualityChannels > 0, "quality-channels", qualityChannels, "a positive number");
  }

  @Override
  public Gflv2HeadSettings withLayers() {
    return with(towers.withLayers(Normalization.GROUP));
  }

  @Override
  public Gflv2HeadSettings withoutLayers() {
    return with(towers.withoutLayers());
  }

  private Gflv2HeadSettings with(TowerSettings others) {
    return new Gflv2HeadSettings(
        bins, octaveBaseScale, qualityTopk, qualityMean, qualityChannels, others);
  }
}
