package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Normalization;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;

/** The way around a block: the input itself, or its 1x1 projection where the shape changes. */
final class Shortcut {
  private final Convolution projection;
  private final Norm norm;

  Shortcut(
      ParameterBuilder parameters,
      String name,
      int in,
      int out,
      int stride,
      Normalization normalization) {
    boolean sameShape = in == out && stride == 1;
    projection =
        sameShape ? null : parameters.convolution(name + ".downsample.0", in, out, 1, stride);
    norm = sameShape ? null : Norm.create(normalization, parameters, name + ".downsample.1", out);
  }

  <T> T apply(Operations<T> operations, T x) {
    return projection == null ? x : norm.apply(operations, projection.apply(operations, x));
  }
}
