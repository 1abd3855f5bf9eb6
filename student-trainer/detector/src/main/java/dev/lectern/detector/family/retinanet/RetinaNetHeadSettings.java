package dev.lectern.detector.family.retinanet;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.TowerSettings;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.schemas.config.Key;
import java.util.List;

/** A RetinaNet head, shared by all levels. */
@JsonTypeName("retinanet")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RetinaNetHeadSettings(
    @Key(
            shownDefault = "none: boxes are deltas about the anchors",
            min = 2,
            meaning = "per box side, which makes boxes distributions of distances in strides")
        Integer bins,
    @Key(
            defaultsTo = "4",
            above = 0,
            meaning = "side of a level's smallest square anchor in strides")
        double octaveBaseScale,
    @Key(defaultsTo = "3", min = 1, meaning = "anchor sizes from one level to the next")
        int scalesPerOctave,
    @Key(defaultsTo = "[0.5, 1, 2]", meaning = "height over width of the anchors")
        List<Double> ratios,
    @Key(shownDefault = "[1, 1, 1, 1]; none with bins", meaning = "of the deltas dx, dy, dw, dh")
        List<Double> std,
    @JsonUnwrapped TowerSettings towers)
    implements HeadSettings {

  /** {@link #withLayers} applies the defaults of its layers. */
  public RetinaNetHeadSettings {
    ratios = List.copyOf(ratios);
    std = std == null && bins == null ? List.of(1.0, 1.0, 1.0, 1.0) : std;
    towers = towers == null ? TowerSettings.NONE : towers;
    HeadSettings.require(
        !ratios.isEmpty() && ratios.stream().allMatch(r -> r > 0),
        "ratios",
        ratios,
        "positive numbers");
    HeadSettings.requireBoxes(bins, std);
  }

  @Override
  public RetinaNetHeadSettings withLayers() {
    return with(towers.withLayers(Normalization.NONE));
  }

  @Override
  public RetinaNetHeadSettings withoutLayers() {
    return with(towers.withoutLayers());
  }

  private RetinaNetHeadSettings with(TowerSettings others) {
    return new RetinaNetHeadSettings(bins, octaveBaseScale, scalesPerOctave, ratios, std, others);
  }
}
