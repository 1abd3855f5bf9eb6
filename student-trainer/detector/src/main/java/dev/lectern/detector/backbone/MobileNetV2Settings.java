package dev.lectern.detector.backbone;

import static dev.lectern.detector.backbone.BackboneSettings.require;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;

/**
 * MobileNetV2 (Sandler et al. 2018) in torchvision's form.
 *
 * @param width channels of the stem, a multiple of 8; torchvision's network has 32 [32]
 * @param normalization [batch]
 */
@JsonTypeName("mobilenet_v2")
public record MobileNetV2Settings(Integer width, Normalization normalization)
    implements BackboneSettings {

  /** Applies the defaults. */
  public MobileNetV2Settings {
    width = width == null ? 32 : width;
    normalization = normalization == null ? Normalization.BATCH : normalization;
    require(
        normalization != Normalization.NONE,
        "normalization",
        normalization,
        "batch, frozen_batch or group");
    require(width > 0 && width % 8 == 0, "width", width, "a positive multiple of 8");
  }

  @Override
  public Backbone create(ParameterBuilder network) {
    return new MobileNetV2(network.at("backbone"), width, new Norm.Settings(normalization, null));
  }
}
