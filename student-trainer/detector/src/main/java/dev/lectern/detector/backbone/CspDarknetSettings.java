package dev.lectern.detector.backbone;

import static dev.lectern.detector.backbone.BackboneSettings.require;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.List;

/**
 * The backbone of YOLOv8, in Ultralytics' form.
 *
 * @param channels behind the convolutions of stride 2, 4, 8, 16 and 32 [16, 32, 64, 128, 256, those
 *     of YOLOv8n]
 * @param blocks bottlenecks of the stages of stride 4, 8, 16 and 32 [1, 2, 2, 1]
 * @param pool side of the pooling windows at the end [5]
 * @param normalization batch or frozen_batch [batch]
 */
@JsonTypeName("csp_darknet")
public record CspDarknetSettings(
    List<Integer> channels, List<Integer> blocks, Integer pool, Normalization normalization)
    implements BackboneSettings {

  /** Applies the defaults. */
  public CspDarknetSettings {
    channels = List.copyOf(channels == null ? List.of(16, 32, 64, 128, 256) : channels);
    blocks = List.copyOf(blocks == null ? List.of(1, 2, 2, 1) : blocks);
    pool = pool == null ? 5 : pool;
    normalization = normalization == null ? Normalization.BATCH : normalization;
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
    require(pool > 0 && pool % 2 == 1, "pool", pool, "a positive odd number");
    require(
        normalization == Normalization.BATCH || normalization == Normalization.FROZEN_BATCH,
        "normalization",
        normalization,
        "batch or frozen_batch");
  }

  @Override
  public Backbone create(ParameterBuilder network) {
    return new CspDarknet(network.at("model"), this);
  }
}
