package dev.lectern.detector.backbone;

import static dev.lectern.detector.backbone.BackboneSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.schemas.config.Key;

/** MobileNetV2 (Sandler et al. 2018) in torchvision's form. */
@JsonTypeName("mobilenet_v2")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MobileNetV2Settings(
    @Key(
            shownDefault = "32, or as the multiplier says",
            min = 1,
            meaning =
                "channels of the stem, a multiple of the divisor; torchvision's network has 32")
        Integer width,
    @Key(
            choices = {"batch", "frozen_batch", "group"},
            meaning = "after each convolution")
        Normalization normalization,
    @Key(
            shownDefault = "width / 32",
            above = 0,
            meaning = "of torchvision's numbers of channels, before they are rounded")
        Double multiplier,
    @Key(
            shownDefault = "8",
            min = 1,
            meaning = "what numbers of channels are rounded to multiples of")
        Integer divisor)
    implements BackboneSettings {
  private static final int STEM = 32;
  private static final int DIVISOR = 8;

  public MobileNetV2Settings {
    int step = divisor == null ? DIVISOR : divisor;
    if (width == null) {
      width = multiplier == null ? STEM : rounded(STEM * multiplier, step);
    }
    require(width % step == 0, "width", width, "a positive multiple of " + step);
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
