package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;

/** The way around a block: the input itself, or its 1x1 projection where the shape changes. */
final class Shortcut {
  private final Convolution projection;
  private final Norm norm;

  Shortcut(ParameterBuilder parameters, int in, int out, int stride, Norm.Settings norm) {
    boolean sameShape = in == out && stride == 1;
    projection =
        sameShape ? null : parameters.at("downsample").at("0").convolution(in, out, 1, stride);
    this.norm = sameShape ? null : norm.create(parameters.at("downsample").at("1"), out);
  }

  <T> T apply(Operations<T> operations, T x) {
    return projection == null ? x : norm.apply(operations, projection.apply(operations, x));
  }
}
