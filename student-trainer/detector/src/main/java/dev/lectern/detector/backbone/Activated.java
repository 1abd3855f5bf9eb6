package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;

/** A convolution with its normalisation and ReLU6, named as in torchvision: 0 and 1. */
final class Activated {
  private final Convolution convolution;
  private final Norm norm;

  Activated(
      ParameterBuilder parameters,
      int in,
      int out,
      int kernel,
      int stride,
      int dilation,
      int groups,
      Norm.Settings norm) {
    convolution = parameters.at(0).convolution(in, out, kernel, stride, groups).dilated(dilation);
    this.norm = norm.create(parameters.at(1), out);
  }

  <T> T apply(Operations<T> operations, T x) {
    return operations.relu6(norm.apply(operations, convolution.apply(operations, x)));
  }
}
