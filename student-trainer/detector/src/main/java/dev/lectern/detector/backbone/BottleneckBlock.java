package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;

/** Convolutions 1x1, 3x3 and 1x1, narrow inside: He et al. 2016, figure 5 right. */
final class BottleneckBlock implements ResidualBlock {
  /** Output channels per inner channel. */
  static final int EXPANSION = 4;

  private final Convolution conv1;
  private final Norm norm1;
  private final Convolution conv2;
  private final Norm norm2;
  private final Convolution conv3;
  private final Norm norm3;
  private final Shortcut shortcut;

  BottleneckBlock(
      ParameterBuilder parameters,
      String name,
      int in,
      int inner,
      int stride,
      Normalization normalization) {
    int out = inner * EXPANSION;
    conv1 = parameters.convolution(name + ".conv1", in, inner, 1, 1);
    norm1 = Norm.create(normalization, parameters, name + ".bn1", inner);
    conv2 = parameters.convolution(name + ".conv2", inner, inner, 3, stride);
    norm2 = Norm.create(normalization, parameters, name + ".bn2", inner);
    conv3 = parameters.convolution(name + ".conv3", inner, out, 1, 1);
    norm3 = Norm.create(normalization, parameters, name + ".bn3", out);
    shortcut = new Shortcut(parameters, name, in, out, stride, normalization);
  }

  @Override
  public <T> T apply(Operations<T> operations, T x) {
    T y = operations.relu(norm1.apply(operations, conv1.apply(operations, x)));
    y = operations.relu(norm2.apply(operations, conv2.apply(operations, y)));
    y = norm3.apply(operations, conv3.apply(operations, y));
    return operations.relu(operations.add(y, shortcut.apply(operations, x)));
  }
}
