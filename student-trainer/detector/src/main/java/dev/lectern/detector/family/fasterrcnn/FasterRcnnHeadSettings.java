package dev.lectern.detector.family.fasterrcnn;

import static dev.lectern.detector.family.HeadSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.schemas.config.Key;
import java.util.List;

/**
 * The two stages of Faster R-CNN: a region proposal network on every level, and a head of two fully
 * connected layers on the boxes that it proposes.
 */
@JsonTypeName("faster_rcnn")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FasterRcnnHeadSettings(
    @Key(defaultsTo = "8", above = 0, meaning = "side of a level's square anchor in strides")
        double octaveBaseScale,
    @Key(defaultsTo = "[0.5, 1, 2]", meaning = "height over width of the anchors")
        List<Double> ratios,
    @Key(defaultsTo = "256", min = 1, meaning = "of the proposal network's convolutions")
        int channels,
    @Key(
            defaultsTo = "1",
            min = 1,
            meaning = "of the proposal network: 3x3 convolutions before its predictions")
        int depth,
    @Key(defaultsTo = "1000", min = 1, meaning = "best scores of a level that may become proposals")
        int candidates,
    @Key(
            defaultsTo = "0.7",
            meaning = "overlap with a better one of its level above which a proposal is dropped")
        double proposalIou,
    @Key(defaultsTo = "1000", min = 1, meaning = "of an image in evaluation; rows of a recording")
        int proposals,
    @Key(defaultsTo = "0", min = 0, meaning = "pixels; proposals need longer sides") double minSide,
    @Key(defaultsTo = "7", min = 1, meaning = "bins per side of a box's features") int roiSize,
    @Key(defaultsTo = "0", min = 0, meaning = "samples per bin and axis; 0 for one per cell")
        int sampling,
    @Key(
            defaultsTo = "32",
            min = 1,
            meaning = "stride of the coarsest level that boxes are pooled from")
        int roiStride,
    @Key(defaultsTo = "1024", min = 1, meaning = "width of the fully connected layers") int hidden,
    @Key(
            defaultsTo = "[0.1, 0.1, 0.2, 0.2]",
            meaning = "of the second stage's deltas dx, dy, dw, dh")
        List<Double> std,
    @Key(defaultsTo = "false", meaning = "whether all classes share a box") boolean classAgnostic)
    implements HeadSettings {

  public FasterRcnnHeadSettings {
    ratios = List.copyOf(ratios);
    std = List.copyOf(std);
    require(
        !ratios.isEmpty() && ratios.stream().allMatch(r -> r > 0),
        "ratios",
        ratios,
        "positive numbers");
    HeadSettings.requireBoxes(null, std);
  }

  @Override
  public FasterRcnnHeadSettings withoutLayers() {
    throw new IllegalArgumentException(
        "head.family: found faster_rcnn, which cannot come with a TorchScript head");
  }
}
