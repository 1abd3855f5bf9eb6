package dev.lectern.detector.neck;

import static dev.lectern.detector.neck.NeckSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.neck.FeaturePyramid.Between;
import dev.lectern.detector.neck.FeaturePyramid.ExtraLevels;
import java.util.List;

/**
 * A feature pyramid.
 *
 * @param channels C of every level [256]
 * @param extraLevels what the levels beyond the backbone's coarsest map are made of: {@code
 *     on_output}, {@code on_input}, {@code on_lateral} or {@code max_pool} [on_output]
 * @param extraRelu whether a ReLU stands between them [false]
 */
@JsonTypeName("fpn")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FeaturePyramidSettings(Integer channels, ExtraLevels extraLevels, Boolean extraRelu)
    implements NeckSettings {

  /** Applies the defaults. */
  public FeaturePyramidSettings {
    channels = channels == null ? 256 : channels;
    extraLevels = extraLevels == ExtraLevels.ON_OUTPUT ? null : extraLevels;
    extraRelu = extraRelu == null || !extraRelu ? null : extraRelu;
    require(channels > 0, "channels", channels, "a positive number");
    require(
        extraRelu == null || extraLevels != ExtraLevels.MAX_POOL,
        "extra-relu",
        extraRelu,
        "false, since extra-levels is max_pool");
  }

  /** With levels that start from the coarsest one. */
  public FeaturePyramidSettings(Integer channels) {
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
