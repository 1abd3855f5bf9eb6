package dev.lectern.detector.family.deeplabv3;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.family.SegmentationHeadSettings;
import dev.lectern.detector.layer.Normalization;
import java.util.List;

/**
 * The head of a DeepLabV3.
 *
 * @param channels of every branch and of the features before the classifier [256]
 * @param rates cells from tap to tap of each 3x3 branch [12, 24, 36]
 * @param normalization batch or frozen_batch [batch]
 */
@JsonTypeName("deeplabv3")
public record DeepLabV3HeadSettings(
    Integer channels, List<Integer> rates, Normalization normalization)
    implements SegmentationHeadSettings {

  /** Applies the defaults. */
  public DeepLabV3HeadSettings {
    channels = channels == null ? 256 : channels;
    rates = rates == null ? List.of(12, 24, 36) : List.copyOf(rates);
    normalization = normalization == null ? Normalization.BATCH : normalization;
    HeadSettings.require(channels > 0, "channels", channels, "above 0");
    HeadSettings.require(rates.stream().allMatch(r -> r > 0), "rates", rates, "positive numbers");
    HeadSettings.requireBatchNorm(normalization);
  }
}
