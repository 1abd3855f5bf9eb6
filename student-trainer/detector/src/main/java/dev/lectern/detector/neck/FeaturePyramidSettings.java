package dev.lectern.detector.neck;

import static dev.lectern.detector.neck.NeckSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.neck.FeaturePyramid.Between;
import dev.lectern.detector.neck.FeaturePyramid.ExtraLevels;
import dev.lectern.schemas.config.Key;
import java.util.List;

/** A feature pyramid. */
@JsonTypeName("fpn")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FeaturePyramidSettings(
    @Key(defaultsTo = "256", min = 1, meaning = "of every level") int channels,
    @Key(
            shownDefault = "on_output",
            meaning = "what the levels beyond the backbone's coarsest map are made of")
        ExtraLevels extraLevels,
    @Key(shownDefault = "false", meaning = "whether a ReLU stands between them") Boolean extraRelu)
    implements NeckSettings {

  public FeaturePyramidSettings {
    extraLevels = extraLevels == ExtraLevels.ON_OUTPUT ? null : extraLevels;
    extraRelu = extraRelu == null || !extraRelu ? null : extraRelu;
    require(
        extraRelu == null || extraLevels != ExtraLevels.MAX_POOL,
        "extra-relu",
        extraRelu,
        "false, since extra-levels is max_pool");
  }

  /** With levels that start from the coarsest one. */
  public FeaturePyramidSettings(int channels) {
    this(channels, null, null);
  }

  @Override
  public Neck create(ParameterBuilder network, List<Integer> in, int levels) {
    return new FeaturePyramid(
        network.at("neck"),
        in,
        channels,
        levels,
        extraLevels == null ? ExtraLevels.ON_OUTPUT : extraLevels,
        extraRelu == null ? Between.NOTHING : Between.RELU);
  }
}
