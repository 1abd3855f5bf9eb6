package dev.lectern.detector.backbone;

import static dev.lectern.detector.backbone.BackboneSettings.require;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.schemas.config.Key;
import java.util.List;

/** The backbone of YOLOv8, in Ultralytics' form. */
@JsonTypeName("csp_darknet")
public record CspDarknetSettings(
    @Key(
            defaultsTo = "[16, 32, 64, 128, 256]",
            meaning =
                "after the convolutions of stride 2, 4, 8, 16 and 32; the default is YOLOv8n's")
        List<Integer> channels,
    @Key(
            defaultsTo = "[1, 2, 2, 1]",
            meaning = "bottlenecks of the stages of stride 4, 8, 16 and 32")
        List<Integer> blocks,
    @Key(defaultsTo = "5", min = 1, meaning = "side of the pooling windows at the end, odd")
        int pool,
    @Key(
            choices = {"batch", "frozen_batch"},
            meaning = "after each convolution")
        Normalization normalization)
    implements BackboneSettings {

  public CspDarknetSettings {
    channels = List.copyOf(channels);
    blocks = List.copyOf(blocks);
    require(
        channels.size() == 5 && channels.stream().allMatch(c -> c > 0 && c % 2 == 0),
        "channels",
        channels,
        "five positive even numbers");
    require(
        blocks.size() == 4 && blocks.stream().allMatch(b -> b > 0),
        "blocks",
        blocks,
        "four positive numbers");
    require(pool % 2 == 1, "pool", pool, "a positive odd number");
  }

  @Override
  public Backbone create(ParameterBuilder network) {
    return new CspDarknet(network.at("model"), this);
  }
}
