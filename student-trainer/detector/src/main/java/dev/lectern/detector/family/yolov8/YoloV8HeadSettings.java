package dev.lectern.detector.family.yolov8;

import static dev.lectern.detector.family.HeadSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.schemas.config.Key;

/** A YOLOv8 head, one for each level. */
@JsonTypeName("yolov8")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record YoloV8HeadSettings(
    @Key(defaultsTo = "16", min = 2, meaning = "per box side; bin j stands for j strides") int bins,
    @Key(shownDefault = "2", min = 0, meaning = "3x3 convolutions before each prediction")
        Integer depth,
    @Key(
            shownDefault = "YOLOv8's",
            min = 1,
            meaning =
                "of these convolutions: for boxes the largest of 16, 4 bins and a quarter of the"
                    + " finest level's; for classes the larger of the finest level's and the smaller"
                    + " of the classes and 100")
        Integer channels,
    @Key(
            shownDefault = "batch",
            choices = {"batch", "frozen_batch"},
            meaning = "after each convolution")
        Normalization normalization)
    implements HeadSettings {
  /** Points lie in the middle of their cells. */
  private static final double GRID_OFFSET = 0.5;

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
