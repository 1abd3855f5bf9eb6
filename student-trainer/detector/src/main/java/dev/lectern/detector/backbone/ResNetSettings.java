package dev.lectern.detector.backbone;

import static dev.lectern.detector.backbone.BackboneSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
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
 * @param stem conv7x7, or conv3x3: three convolutions, as public code of PSPNet has them; null for
 *     the first [conv7x7]
 * @param style which convolution of a bottleneck halves the map: pytorch, the 3x3 one, or caffe,
 *     the first 1x1 one, as the first networks had it; null for the first [pytorch]
 */
@JsonTypeName("resnet")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ResNetSettings(
    Integer depth,
    Integer width,
    Normalization normalization,
    Integer groups,
    Integer groupWidth,
    Stem stem,
    Style style)
    implements BackboneSettings {
  private static final List<Integer> DEPTHS = List.of(18, 34, 50, 101);
  private static final int FIRST_STRIDE = 4;
  private static final int LAST_STRIDE = 32;

  /** Where bottlenecks halve a map. */
  public enum Style {
    /** In the 3x3 convolution. */
    PYTORCH,
    /** In the first 1x1 convolution: He et al. 2016, table 1. */
    CAFFE
  }

  /** Applies the defaults. */
  public ResNetSettings {
    depth = depth == null ? 18 : depth;
    width = width == null ? 64 : width;
    normalization = normalization == null ? Normalization.BATCH : normalization;
    stem = stem == Stem.CONV7X7 ? null : stem;
    style = style == Style.PYTORCH ? null : style;
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
    this(depth, width, normalization, null, null, null, null);
  }

  @Override
  public Backbone create(ParameterBuilder network) {
    return new ResNet(network.at("backbone"), this, LAST_STRIDE);
  }

  @Override
  public Backbone dilated(ParameterBuilder at, int outputStride) {
    return new ResNet(at, this, outputStride);
  }

  @Override
  public int cells(int pixels, int stride) {
    int cells = ResNetStem.cells(stemKind(), pixels);
    for (int cell = FIRST_STRIDE; cell < stride; cell *= 2) {
      cells = (cells + 1) / 2;
    }
    return cells;
  }

  /** What comes before the stages. */
  Stem stemKind() {
    return stem == null ? Stem.CONV7X7 : stem;
  }

  /** Whether bottlenecks halve maps in their first convolution. */
  boolean halvesFirst() {
    return style == Style.CAFFE;
  }

  /** Groups of the 3x3 convolutions. */
  int groupCount() {
    return groups == null ? 1 : groups;
  }

  /** Channels inside the bottlenecks of the first stage. */
  int innerWidth() {
    return groupCount() * (groupWidth == null ? width : groupWidth);
  }
}
