package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;

/** Two 3x3 convolutions: He et al. 2016, figure 5 left. */
final class BasicBlock implements ResidualBlock {
  private final Convolution conv1;
  private final Norm norm1;
  private final Convolution conv2;
  private final Norm norm2;
  private final Shortcut shortcut;

  BasicBlock(
      ParameterBuilder parameters, int in, int out, int stride, int dilation, Norm.Settings norm) {
    conv1 = parameters.at("conv1").convolution(in, out, 3, stride).dilated(dilation);
    norm1 = norm.create(parameters.at("bn1"), out);
    conv2 = parameters.at("conv2").convolution(out, out, 3, 1).dilated(dilation);
    norm2 = norm.create(parameters.at("bn2"), out);
    shortcut = new Shortcut(parameters, in, out, stride, norm);
  }

  @Override
  public <T> T apply(Operations<T> operations, T x) {
    T y = operations.relu(norm1.apply(operations, conv1.apply(operations, x)));
    y = norm2.apply(operations, conv2.apply(operations, y));
    return operations.relu(operations.add(y, shortcut.apply(operations, x)));
  }
}
