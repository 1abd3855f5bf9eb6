package dev.lectern.detector.backbone;

import static dev.lectern.detector.backbone.BackboneSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;

/**
 * MobileNetV2 (Sandler et al. 2018) in torchvision's form.
 *
 * @param width channels of the stem, a multiple of the divisor; torchvision's network has 32 [32,
 *     or as the multiplier says]
 * @param normalization [batch]
 * @param multiplier of torchvision's numbers of channels, before they are rounded [width / 32]
 * @param divisor what numbers of channels are rounded to multiples of [8]
 */
@JsonTypeName("mobilenet_v2")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MobileNetV2Settings(
    Integer width, Normalization normalization, Double multiplier, Integer divisor)
    implements BackboneSettings {
  private static final int STEM = 32;
  private static final int DIVISOR = 8;

  /** Applies the defaults. */
  public MobileNetV2Settings {
    normalization = normalization == null ? Normalization.BATCH : normalization;
    require(
        normalization != Normalization.NONE,
        "normalization",
        normalization,
        "batch, frozen_batch or group");
    require(multiplier == null || multiplier > 0, "multiplier", multiplier, "above 0");
    require(divisor == null || divisor > 0, "divisor", divisor, "a positive number");
    int step = divisor == null ? DIVISOR : divisor;
    if (width == null) {
      width = multiplier == null ? STEM : rounded(STEM * multiplier, step);
    }
    require(width > 0 && width % step == 0, "width", width, "a positive multiple of " + step);
  }

  /** With torchvision's rounding. */
  public MobileNetV2Settings(Integer width, Normalization normalization) {
    this(width, normalization, null, null);
  }

  /** The nearest multiple that is not more than a tenth less. */
  private static int rounded(double channels, int step) {
    int nearest = Math.max(step, (int) (channels + step / 2) / step * step);
    return nearest < 0.9 * channels ? nearest + step : nearest;
  }

  private double factor() {
    return multiplier == null ? (double) width / STEM : multiplier;
  }

  /** Channels of a layer that has so many in torchvision's network. */
  int channels(int published) {
    return rounded(published * factor(), divisor == null ? DIVISOR : divisor);
  }

  /** Channels of the last layer, which narrow networks have in full. */
  int lastChannels(int published) {
    return rounded(published * Math.max(1, factor()), divisor == null ? DIVISOR : divisor);
  }

  @Override
  public Backbone create(ParameterBuilder network) {
    return MobileNetV2.create(network.at("backbone").at("features"), this);
  }

  @Override
  public Backbone dilated(ParameterBuilder at, int outputStride) {
    return MobileNetV2.dilated(at, this, outputStride);
  }
}
