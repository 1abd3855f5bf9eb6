package dev.lectern.detector.family.gflv2;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.TowerSettings;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.schemas.config.Key;

/** A GFLv2 head, shared by all levels. */
@JsonTypeName("gflv2")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Gflv2HeadSettings(
    @Key(defaultsTo = "17", min = 2, meaning = "per box side; bin j stands for j strides") int bins,
    @Key(defaultsTo = "8", above = 0, meaning = "side of a level's square anchor in strides")
        double octaveBaseScale,
    @Key(
            defaultsTo = "4",
            min = 1,
            meaning = "largest probabilities of each box side that the quality depends on")
        int qualityTopk,
    @Key(defaultsTo = "true", meaning = "whether it depends on their mean, too")
        boolean qualityMean,
    @Key(defaultsTo = "64", min = 1, meaning = "of the hidden layer before the quality")
        int qualityChannels,
    @JsonUnwrapped TowerSettings towers)
    implements HeadSettings {

  /** {@link #withLayers} applies the defaults of its layers. */
  public Gflv2HeadSettings {
    towers = towers == null ? TowerSettings.NONE : towers;
    HeadSettings.require(
        qualityTopk <= bins, "quality-topk", qualityTopk, "1 to the number of bins");
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
