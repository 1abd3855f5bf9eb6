package dev.lectern.detector.family.atss;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.TowerSettings;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.schemas.config.Key;
import java.util.List;

/** An ATSS head, shared by all levels. */
@JsonTypeName("atss")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AtssHeadSettings(
    @Key(
            shownDefault = "none: boxes are deltas about the anchor",
            min = 2,
            meaning = "per box side, which makes boxes distributions of distances in strides")
        Integer bins,
    @Key(defaultsTo = "8", above = 0, meaning = "side of a level's square anchor in strides")
        double octaveBaseScale,
    @Key(
            shownDefault = "[0.1, 0.1, 0.2, 0.2]; none with bins",
            meaning = "of the deltas dx, dy, dw, dh")
        List<Double> std,
    @JsonUnwrapped TowerSettings towers)
    implements HeadSettings {

  /** {@link #withLayers} applies the defaults of its layers. */
  public AtssHeadSettings {
    std = std == null && bins == null ? List.of(0.1, 0.1, 0.2, 0.2) : std;
    towers = towers == null ? TowerSettings.NONE : towers;
    HeadSettings.requireBoxes(bins, std);
  }

  @Override
  public AtssHeadSettings withLayers() {
    return new AtssHeadSettings(bins, octaveBaseScale, std, towers.withLayers(Normalization.GROUP));
  }

  @Override
  public AtssHeadSettings withoutLayers() {
    return new AtssHeadSettings(bins, octaveBaseScale, std, towers.withoutLayers());
  }
}
