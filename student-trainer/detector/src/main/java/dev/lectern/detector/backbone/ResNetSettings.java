package dev.lectern.detector.backbone;

import static dev.lectern.detector.backbone.BackboneSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import java.util.List;

/**
 * A residual network (He et al. 2016) in torchvision's form; with groups, ResNeXt (Xie et al. 2017,
 * arXiv:1611.05431).
 *
 * @param depth 18, 34, 50 or 101 [18]
 * @param width channels of the stem; torchvision's networks have 64 [64]
 * @param normalization [batch]
 * @param groups of the 3x3 convolutions of bottlenecks; ResNeXt-101-32x4d has 32 [1]
 * @param groupWidth channels of a group in the first stage; ResNeXt-101-32x4d has 4 [width]
 */
@JsonTypeName("resnet")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ResNetSettings(
    Integer depth, Integer width, Normalization normalization, Integer groups, Integer groupWidth)
    implements BackboneSettings {
  private static final List<Integer> DEPTHS = List.of(18, 34, 50, 101);

  /** Applies the defaults. */
  public ResNetSettings {
    depth = depth == null ? 18 : depth;
    width = width == null ? 64 : width;
    normalization = normalization == null ? Normalization.BATCH : normalization;
    require(DEPTHS.contains(depth), "depth", depth, "18, 34, 50 or 101");
    require(
        normalization != Normalization.NONE,
        "normalization",
        normalization,
        "batch, frozen_batch or group");
    require(width > 0, "width", width, "a positive number of channels");
    require(groups == null || groups > 0, "groups", groups, "a positive number");
    require(groupWidth == null || groupWidth > 0, "group-width", groupWidth, "a positive number");
    require(
        (groups == null && groupWidth == null) || depth >= 50,
        "groups",
        groups,
        "nothing, since a network of depth " + depth + " has no bottlenecks");
  }

  /** A residual network without groups. */
  public ResNetSettings(Integer depth, Integer width, Normalization normalization) {
    this(depth, width, normalization, null, null);
  }

  @Override
  public Backbone create(ParameterBuilder network) {
    Norm.Settings norm = new Norm.Settings(normalization, null);
    return new ResNet(
        network.at("backbone"),
        depth,
        width,
        norm,
        groups == null ? 1 : groups,
        groupWidth == null ? width : groupWidth);
  }
}
