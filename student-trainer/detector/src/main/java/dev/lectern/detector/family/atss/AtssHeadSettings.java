package dev.lectern.detector.family.atss;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.TowerSettings;
import dev.lectern.detector.layer.Normalization;
import java.util.List;

/**
 * An ATSS head, shared by all levels.
 *
 * @param bins number of bins per box side, which makes boxes distributions of distances in strides;
 *     absent: deltas about the anchor
 * @param octaveBaseScale side of a level's square anchor in strides [8]
 * @param std of the deltas dx, dy, dw, dh [0.1, 0.1, 0.2, 0.2]
 * @param towers its convolutions, with group normalisation
 */
@JsonTypeName("atss")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AtssHeadSettings(
    Integer bins, Double octaveBaseScale, List<Double> std, @JsonUnwrapped TowerSettings towers)
    implements HeadSettings {

  /** Applies the defaults of what the head gives; {@link #withLayers} those of its layers. */
  public AtssHeadSettings {
    octaveBaseScale = octaveBaseScale == null ? 8.0 : octaveBaseScale;
    std = std == null && bins == null ? List.of(0.1, 0.1, 0.2, 0.2) : std;
    towers = towers == null ? TowerSettings.NONE : towers;
    HeadSettings.require(octaveBaseScale > 0, "octave-base-scale", octaveBaseScale, "above 0");
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
