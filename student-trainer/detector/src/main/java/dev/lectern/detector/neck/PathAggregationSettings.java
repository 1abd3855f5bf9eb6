package dev.lectern.detector.neck;

import static dev.lectern.detector.neck.NeckSettings.require;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.List;

/**
 * The neck of YOLOv8; every level has as many channels as the backbone's map of its stride.
 *
 * @param blocks bottlenecks of each stage; YOLOv8n and s have 1, m 2, l and x 3 [1]
 * @param normalization batch or frozen_batch [batch]
 */
@JsonTypeName("pan")
public record PathAggregationSettings(Integer blocks, Normalization normalization)
    implements NeckSettings {

  /** Applies the defaults. */
  public PathAggregationSettings {
    blocks = blocks == null ? 1 : blocks;
    normalization = normalization == null ? Normalization.BATCH : normalization;
    require(blocks > 0, "blocks", blocks, "a positive number");
    require(
        normalization == Normalization.BATCH || normalization == Normalization.FROZEN_BATCH,
        "normalization",
        normalization,
        "batch or frozen_batch");
  }

  @Override
  public Neck create(ParameterBuilder network, List<Integer> in, int levels) {
    if (in.size() != 3 || levels != 3) {
      throw new IllegalArgumentException(
          "strides: found " + levels + ", expected 3 that the backbone has, for a neck pan");
    }
    return new PathAggregation(network.at("model"), in, this);
  }
}
