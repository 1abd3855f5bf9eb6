package dev.lectern.detector.family.pspnet;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.family.SegmentationHeadSettings;
import dev.lectern.detector.layer.Normalization;
import java.util.List;

/**
 * The head of a PSPNet.
 *
 * @param channels of the pooled maps, of the features before the classifier, and inside the
 *     auxiliary head [128]
 * @param sizes cells along a side of each pooled map [1, 2, 3, 6]
 * @param normalization batch or frozen_batch [batch]
 */
@JsonTypeName("pspnet")
public record PspNetHeadSettings(Integer channels, List<Integer> sizes, Normalization normalization)
    implements SegmentationHeadSettings {

  /** Applies the defaults. */
  public PspNetHeadSettings {
    channels = channels == null ? 128 : channels;
    sizes = sizes == null ? List.of(1, 2, 3, 6) : List.copyOf(sizes);
    normalization = normalization == null ? Normalization.BATCH : normalization;
    HeadSettings.require(channels > 0, "channels", channels, "above 0");
    HeadSettings.require(
        !sizes.isEmpty() && sizes.stream().allMatch(s -> s > 0),
        "sizes",
        sizes,
        "positive numbers");
    HeadSettings.requireBatchNorm(normalization);
  }
}
