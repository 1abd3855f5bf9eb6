package dev.lectern.detector.family.fcos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.head.DecoupledHead.Side;
import dev.lectern.detector.head.TowerSettings;
import dev.lectern.detector.layer.Normalization;

/**
 * An FCOS head, shared by all levels.
 *
 * @param distances what the head gives of each side: {@code exp} pixels as first published, {@code
 *     normalized} strides behind a ReLU, or {@code distribution} over bins [exp]
 * @param bins number of bins per box side; of {@code distribution} alone [17]
 * @param centerness the tower that it is predicted behind: {@code classes} as first published, or
 *     {@code boxes} [classes]
 * @param towers its convolutions, with group normalisation
 */
@JsonTypeName("fcos")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FcosHeadSettings(
    Distances distances, Integer bins, Side centerness, @JsonUnwrapped TowerSettings towers)
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

  /** Applies the defaults of what the head gives; {@link #withLayers} those of its layers. */
  public FcosHeadSettings {
    distances = distances == null ? Distances.EXP : distances;
    bins = bins == null && distances == Distances.DISTRIBUTION ? Integer.valueOf(17) : bins;
    centerness = centerness == null ? Side.CLASSES : centerness;
    towers = towers == null ? TowerSettings.NONE : towers;
    HeadSettings.require(
        bins == null || distances == Distances.DISTRIBUTION,
        "bins",
        bins,
        "nothing, since distances is " + distances);
    HeadSettings.require(bins == null || bins >= 2, "bins", bins, "2 or more");
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
