package dev.lectern.detector.family.retinanet;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.TowerSettings;
import dev.lectern.detector.layer.Normalization;
import java.util.List;

/**
 * A RetinaNet head, shared by all levels.
 *
 * @param bins number of bins per box side, which makes boxes distributions of distances in strides;
 *     absent: deltas about the anchors
 * @param octaveBaseScale side of a level's smallest square anchor in strides [4]
 * @param scalesPerOctave anchor sizes from one level to the next [3]
 * @param ratios height over width of the anchors [0.5, 1, 2]
 * @param std of the deltas dx, dy, dw, dh [1, 1, 1, 1]
 * @param towers its convolutions, without normalisation
 */
@JsonTypeName("retinanet")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RetinaNetHeadSettings(
    Integer bins,
    Double octaveBaseScale,
    Integer scalesPerOctave,
    List<Double> ratios,
    List<Double> std,
    @JsonUnwrapped TowerSettings towers)
    implements HeadSettings {

  /** Applies the defaults of what the head gives; {@link #withLayers} those of its layers. */
  public RetinaNetHeadSettings {
    octaveBaseScale = octaveBaseScale == null ? 4.0 : octaveBaseScale;
    scalesPerOctave = scalesPerOctave == null ? 3 : scalesPerOctave;
    ratios = ratios == null ? List.of(0.5, 1.0, 2.0) : List.copyOf(ratios);
    std = std == null && bins == null ? List.of(1.0, 1.0, 1.0, 1.0) : std;
    towers = towers == null ? TowerSettings.NONE : towers;
    HeadSettings.require(octaveBaseScale > 0, "octave-base-scale", octaveBaseScale, "above 0");
    HeadSettings.require(scalesPerOctave > 0, "scales-per-octave", scalesPerOctave, "above 0");
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
