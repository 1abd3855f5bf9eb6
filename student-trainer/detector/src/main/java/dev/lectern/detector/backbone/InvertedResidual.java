package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Norm;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;

/**
 * A 1x1 convolution that widens, a 3x3 one channel by channel, and a 1x1 one that narrows again,
 * without activation: Sandler et al. 2018, table 1 and figure 4d.
 */
final class InvertedResidual {
  private final Activated expansion;
  private final Activated perChannel;
  private final Convolution projection;
  private final Norm norm;
  private final boolean addsInput;

  InvertedResidual(
      ParameterBuilder parameters,
      int in,
      int out,
      int stride,
      int dilation,
      int factor,
      Norm.Settings norm) {
    ParameterBuilder layers = parameters.at("conv");
    int inner = in * factor;
    int at = 0;
    expansion = factor == 1 ? null : new Activated(layers.at(at++), in, inner, 1, 1, 1, 1, norm);
    perChannel = new Activated(layers.at(at++), inner, inner, 3, stride, dilation, inner, norm);
    projection = layers.at(at++).convolution(inner, out, 1, 1);
    this.norm = norm.create(layers.at(at), out);
    addsInput = stride == 1 && in == out;
  }

  <T> T apply(Operations<T> operations, T x) {
    T y = expansion == null ? x : expansion.apply(operations, x);
    y = perChannel.apply(operations, y);
    y = norm.apply(operations, projection.apply(operations, y));
    return addsInput ? operations.add(y, x) : y;
  }
}
