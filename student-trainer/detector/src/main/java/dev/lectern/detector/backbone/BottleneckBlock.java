package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;

/** Convolutions 1x1, 3x3 and 1x1, narrow inside: He et al. 2016, figure 5 right. */
final class BottleneckBlock implements ResidualBlock {
  /** Output channels per channel of the stage's width. */
  static final int EXPANSION = 4;

  /** Of the first two convolutions; one of them is 1. */
  record Strides(int first, int second) {}

  private final Convolution conv1;
  private final Norm norm1;
  private final Convolution conv2;
  private final Norm norm2;
  private final Convolution conv3;
  private final Norm norm3;
  private final Shortcut shortcut;

  BottleneckBlock(
      ParameterBuilder parameters,
      int in,
      int inner,
      int out,
      Strides strides,
      int dilation,
      int groups,
      Norm.Settings norm) {
    conv1 = parameters.at("conv1").convolution(in, inner, 1, strides.first());
    norm1 = norm.create(parameters.at("bn1"), inner);
    conv2 =
        parameters
            .at("conv2")
            .convolution(inner, inner, 3, strides.second(), groups)
            .dilated(dilation);
    norm2 = norm.create(parameters.at("bn2"), inner);
    conv3 = parameters.at("conv3").convolution(inner, out, 1, 1);
    norm3 = norm.create(parameters.at("bn3"), out);
    shortcut = new Shortcut(parameters, in, out, strides.first() * strides.second(), norm);
  }

  @Override
  public <T> T apply(Operations<T> operations, T x) {
    T y = operations.relu(norm1.apply(operations, conv1.apply(operations, x)));
    y = operations.relu(norm2.apply(operations, conv2.apply(operations, y)));
    y = norm3.apply(operations, conv3.apply(operations, y));
    return operations.relu(operations.add(y, shortcut.apply(operations, x)));
  }
}
