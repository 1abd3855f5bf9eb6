package dev.lectern.detector.family.yolov8;

import static dev.lectern.detector.family.HeadSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.layer.Normalization;

/**
 * A YOLOv8 head, one for each level.
 *
 * @param bins number B of bins per box side; bin j stands for j strides [16]
 * @param depth 3x3 convolutions before each prediction [2]
 * @param channels of these convolutions [for boxes the largest of 16, 4 B and a quarter of the
 *     finest level's; for classes the larger of the finest level's and the smaller of K and 100]
 * @param normalization after each convolution: batch or frozen_batch [batch]
 */
@JsonTypeName("yolov8")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record YoloV8HeadSettings(
    Integer bins, Integer depth, Integer channels, Normalization normalization)
    implements HeadSettings {
  /** Points lie in the middle of their cells. */
  private static final double GRID_OFFSET = 0.5;

  /** Applies the defaults of what the head gives; {@link #withLayers} those of its layers. */
  public YoloV8HeadSettings {
    bins = bins == null ? 16 : bins;
    require(bins >= 2, "bins", bins, "2 or more");
    require(depth == null || depth >= 0, "depth", depth, "0 or more");
    require(channels == null || channels > 0, "channels", channels, "a positive number");
    require(
        normalization == null
            || normalization == Normalization.BATCH
            || normalization == Normalization.FROZEN_BATCH,
        "normalization",
        normalization,
        "batch or frozen_batch");
  }

  @Override
  public YoloV8HeadSettings withLayers() {
    return new YoloV8HeadSettings(
        bins,
        depth == null ? 2 : depth,
        channels,
        normalization == null ? Normalization.BATCH : normalization);
  }

  @Override
  public YoloV8HeadSettings withoutLayers() {
    String expected = "nothing, since the model has its own layers";
    require(depth == null, "depth", depth, expected);
    require(channels == null, "channels", channels, expected);
    require(normalization == null, "normalization", normalization, expected);
    return this;
  }

  @Override
  public double gridOffset() {
    return GRID_OFFSET;
  }
}
