package dev.lectern.detector.neck;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.schemas.config.Key;
import java.util.List;

/** The neck of YOLOv8; every level has as many channels as the backbone's map of its stride. */
@JsonTypeName("pan")
public record PathAggregationSettings(
    @Key(
            defaultsTo = "1",
            min = 1,
            meaning = "bottlenecks of each stage; YOLOv8n and s have 1, m 2, l and x 3")
        int blocks,
    @Key(
            choices = {"batch", "frozen_batch"},
            meaning = "after each convolution")
        Normalization normalization)
    implements NeckSettings {

  @Override
  public Neck create(ParameterBuilder network, List<Integer> in, int levels) {
    if (in.size() != 3 || levels != 3) {
      throw new IllegalArgumentException(
          "strides: found " + levels + ", expected 3 that the backbone has, for a neck pan");
    }
    return new PathAggregation(network.at("model"), in, this);
  }
}
