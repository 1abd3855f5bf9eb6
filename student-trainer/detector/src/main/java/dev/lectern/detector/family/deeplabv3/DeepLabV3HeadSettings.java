package dev.lectern.detector.family.deeplabv3;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.family.SegmentationHeadSettings;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.schemas.config.Key;
import java.util.List;

/** The head of a DeepLabV3. */
@JsonTypeName("deeplabv3")
public record DeepLabV3HeadSettings(
    @Key(
            defaultsTo = "256",
            min = 1,
            meaning = "of every branch and of the features before the classifier")
        int channels,
    @Key(defaultsTo = "[12, 24, 36]", meaning = "cells from tap to tap of each 3x3 branch")
        List<Integer> rates,
    @Key(
            choices = {"batch", "frozen_batch"},
            meaning = "after each convolution")
        Normalization normalization)
    implements SegmentationHeadSettings {

  public DeepLabV3HeadSettings {
    rates = List.copyOf(rates);
    HeadSettings.require(rates.stream().allMatch(r -> r > 0), "rates", rates, "positive numbers");
  }
}
