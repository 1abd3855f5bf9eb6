package dev.lectern.detector.backbone;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.schemas.descriptor.Level;

/**
 * A backbone, as a specification describes it: the key {@code name} names the kind, the others are
 * its own; {@code resnet} where it is absent. A new backbone is a line here.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name", defaultImpl = ResNetSettings.class)
@JsonSubTypes({
  @JsonSubTypes.Type(ResNetSettings.class),
  @JsonSubTypes.Type(MobileNetV2Settings.class),
  @JsonSubTypes.Type(CspDarknetSettings.class)
})
public interface BackboneSettings {
  /**
   * The network with start values.
   *
   * @param network names start here; the backbone adds its own part of the published names
   */
  Backbone create(ParameterBuilder network);

  /**
   * The network whose maps stay at a stride: what would halve them further has its taps further
   * apart instead (Chen et al. 2017, arXiv:1706.05587, section 3.1). Its last two maps are those of
   * its last two stages, whatever their stride.
   *
   * @param at names start here, as published without a part of the backbone's own
   * @param outputStride pixels per cell of the last map: 8, 16 or 32
   * @throws IllegalArgumentException if the backbone cannot
   */
  default Backbone dilated(ParameterBuilder at, int outputStride) {
    throw new IllegalArgumentException(
        "backbone.name: found "
            + getClass().getAnnotation(JsonTypeName.class).value()
            + ", expected resnet or mobilenet_v2, whose maps can stay at stride "
            + outputStride);
  }

  /** Cells along a side of so many pixels where a map has this stride. */
  default int cells(int pixels, int stride) {
    return Level.cells(pixels, stride);
  }

  /** Refuses a value. */
  static void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "backbone." + key + ": found " + found + ", expected " + expected);
    }
  }
}
