package dev.lectern.detector.family.pspnet;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.family.SegmentationHeadSettings;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.schemas.config.Key;
import java.util.List;

/** The head of a PSPNet. */
@JsonTypeName("pspnet")
public record PspNetHeadSettings(
    @Key(
            defaultsTo = "128",
            min = 1,
            meaning = "of the pooled maps, of the features, and inside the auxiliary head")
        int channels,
    @Key(defaultsTo = "[1, 2, 3, 6]", meaning = "cells along a side of each pooled map")
        List<Integer> sizes,
    @Key(
            choices = {"batch", "frozen_batch"},
            meaning = "after each convolution")
        Normalization normalization)
    implements SegmentationHeadSettings {

  public PspNetHeadSettings {
    sizes = List.copyOf(sizes);
    HeadSettings.require(
        !sizes.isEmpty() && sizes.stream().allMatch(s -> s > 0),
        "sizes",
        sizes,
        "positive numbers");
  }
}
