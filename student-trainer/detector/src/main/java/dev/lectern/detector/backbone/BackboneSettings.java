package dev.lectern.detector.backbone;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.lectern.detector.layer.ParameterBuilder;

/**
 * What a specification says of its backbone: the key {@code name} tells which backbone's keys the
 * others are; {@code resnet} where it is absent. A new backbone is a line here.
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

  /** Refuses a value. */
  static void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "backbone." + key + ": found " + found + ", expected " + expected);
    }
  }
}
