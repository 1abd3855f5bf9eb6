package dev.lectern.detector.family.fasterrcnn;

import static dev.lectern.detector.family.HeadSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import java.util.List;

/**
 * The two stages of Faster R-CNN: a region proposal network on every level, and a head of two fully
 * connected layers on the boxes that it proposes.
 *
 * @param octaveBaseScale side of a level's square anchor in strides [8]
 * @param ratios height over width of the anchors [0.5, 1, 2]
 * @param channels of the proposal network's convolutions [256]
 * @param depth of the proposal network: 3x3 convolutions before its predictions [1]
 * @param candidates best scores of a level that may become proposals [1000]
 * @param proposalIou overlap with a better one of its level above which a proposal is dropped [0.7]
 * @param proposals looked at in evaluation; rows of a recording [1000]
 * @param minSide pixels; proposals need longer sides [0]
 * @param roiSize bins per side of a box's features [7]
 * @param sampling samples per bin and axis; 0 for one per cell [0]
 * @param roiStride of the coarsest level that boxes are pooled from [32]
 * @param hidden width of the fully connected layers [1024]
 * @param std of the second stage's deltas dx, dy, dw, dh [0.1, 0.1, 0.2, 0.2]
 * @param classAgnostic whether all classes share a box [false]
 */
@JsonTypeName("faster_rcnn")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FasterRcnnHeadSettings(
    Double octaveBaseScale,
    List<Double> ratios,
    Integer channels,
    Integer depth,
    Integer candidates,
    Double proposalIou,
    Integer proposals,
    Double minSide,
    Integer roiSize,
    Integer sampling,
    Integer roiStride,
    Integer hidden,
    List<Double> std,
    Boolean classAgnostic)
    implements HeadSettings {

  /** Applies the defaults. */
  public FasterRcnnHeadSettings {
    octaveBaseScale = octaveBaseScale == null ? 8.0 : octaveBaseScale;
    ratios = ratios == null ? List.of(0.5, 1.0, 2.0) : List.copyOf(ratios);
    channels = channels == null ? 256 : channels;
    depth = depth == null ? 1 : depth;
    candidates = candidates == null ? 1000 : candidates;
    proposalIou = proposalIou == null ? 0.7 : proposalIou;
    proposals = proposals == null ? 1000 : proposals;
    minSide = minSide == null ? 0.0 : minSide;
    roiSize = roiSize == null ? 7 : roiSize;
    sampling = sampling == null ? 0 : sampling;
    roiStride = roiStride == null ? 32 : roiStride;
    hidden = hidden == null ? 1024 : hidden;
    std = std == null ? List.of(0.1, 0.1, 0.2, 0.2) : List.copyOf(std);
    classAgnostic = classAgnostic != null && classAgnostic;
    require(octaveBaseScale > 0, "octave-base-scale", octaveBaseScale, "above 0");
    require(
        !ratios.isEmpty() && ratios.stream().allMatch(r -> r > 0),
        "ratios",
        ratios,
        "positive numbers");
    require(channels > 0, "channels", channels, "a positive number");
    require(depth > 0, "depth", depth, "1 or more");
    require(candidates > 0, "candidates", candidates, "a positive number");
    require(proposals > 0, "proposals", proposals, "a positive number");
    require(minSide >= 0, "min-side", minSide, "0 or more");
    require(roiSize > 0, "roi-size", roiSize, "a positive number");
    require(sampling >= 0, "sampling", sampling, "0 or more");
    require(roiStride > 0, "roi-stride", roiStride, "a positive number");
    require(hidden > 0, "hidden", hidden, "a positive number");
    HeadSettings.requireBoxes(null, std);
  }

  @Override
  public FasterRcnnHeadSettings withLayers() {
    return this;
  }

  @Override
  public FasterRcnnHeadSettings withoutLayers() {
    throw new IllegalArgumentException(
        "head.family: found faster_rcnn, which cannot come with a TorchScript head");
  }
}
