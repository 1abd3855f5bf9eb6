package dev.lectern.detector.backbone;

import static dev.lectern.detector.backbone.BackboneSettings.require;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.schemas.config.Key;
import java.util.List;

/**
 * A residual network (He et al. 2016) in torchvision's form; with groups, ResNeXt (Xie et al. 2017,
 * arXiv:1611.05431).
 */
@JsonTypeName("resnet")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ResNetSettings(
    @Key(defaultsTo = "18", meaning = "18, 34, 50 or 101") int depth,
    @Key(defaultsTo = "64", min = 1, meaning = "channels of the stem; torchvision's have 64")
        int width,
    @Key(
            choices = {"batch", "frozen_batch", "group"},
            meaning = "after each convolution")
        Normalization normalization,
    @Key(
            shownDefault = "1",
            min = 1,
            meaning = "of the 3x3 convolutions of bottlenecks; ResNeXt-101-32x4d has 32")
        Integer groups,
    @Key(
            shownDefault = "width",
            min = 1,
            meaning = "channels of a group in the first stage; ResNeXt-101-32x4d has 4")
        Integer groupWidth,
    @Key(
            shownDefault = "conv7x7",
            meaning = "one convolution, or three of 3x3 as public code of PSPNet has them")
        Stem stem,
    @Key(
            shownDefault = "pytorch",
            meaning =
                "which convolution of a bottleneck halves the map: the 3x3 one, or the first 1x1 one"
                    + " as the first networks had it")
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

  public ResNetSettings {
    stem = stem == Stem.CONV7X7 ? null : stem;
    style = style == Style.PYTORCH ? null : style;
    require(DEPTHS.contains(depth), "depth", depth, "18, 34, 50 or 101");
    require(
        (groups == null && groupWidth == null) || depth >= 50,
        "groups",
        groups,
        "nothing, since a network of depth " + depth + " has no bottlenecks");
  }

  /** A residual network without groups. */
  public ResNetSettings(int depth, int width, Normalization normalization) {
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
