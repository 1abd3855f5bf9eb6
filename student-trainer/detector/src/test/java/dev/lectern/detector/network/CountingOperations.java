package dev.lectern.detector.network;

import dev.lectern.detector.layer.BatchNormalization;
import dev.lectern.detector.layer.EdgeStatistics;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Resampling;
import java.util.List;

/** Walks through a network with the sizes of its maps alone and counts its multiply-adds. */
final class CountingOperations implements Operations<CountingOperations.Size> {
  private static final int TAPS = 9;

  private long multiplyAdds;

  /** Of one image's map. */
  record Size(long channels, long height, long width) {
    long cells() {
      return height * width;
    }
  }

  /** Of all convolutions so far; biases and normalisation count nothing. */
  long multiplyAdds() {
    return multiplyAdds;
  }

  @Override
  public Size convolution(
      Size x, Parameter weight, Parameter bias, int stride, int padding, int dilation, int groups) {
    long out = weight.shape().get(0);
    long kernel = dilation * (weight.shape().get(2) - 1) + 1;
    if (weight.shape().get(1) * groups != x.channels()) {
      throw new IllegalArgumentException(
          weight.name() + " is " + weight.shape() + ", its map " + x + " in " + groups + " groups");
    }
    Size y =
        new Size(
            out, out(x.height(), kernel, stride, padding), out(x.width(), kernel, stride, padding));
    multiplyAdds += y.cells() * weight.shape().size();
    return y;
  }

  private static long out(long size, long kernel, int stride, int padding) {
    return (size + 2L * padding - kernel) / stride + 1;
  }

  @Override
  public Size convolutionAt(Size x, Size points, Parameter weight) {
    if (points.channels() != 2 * TAPS || points.cells() != x.cells()) {
      throw new IllegalArgumentException("points are " + points + " for a map " + x);
    }
    return convolution(x, weight, null, 1, 1, 1, 1);
  }

  @Override
  public Size batchNormalization(Size x, BatchNormalization layer) {
    return x;
  }

  @Override
  public Size groupNormalization(Size x, int groups, Parameter scale, Parameter shift) {
    return x;
  }

  @Override
  public Size relu(Size x) {
    return x;
  }

  @Override
  public Size leakyRelu(Size x, double slope) {
    return x;
  }

  @Override
  public Size maxPoolToEnd(Size x, int kernel, int stride, int padding) {
    return maxPool(new Size(x.channels(), x.height() + 1, x.width() + 1), kernel, stride, padding);
  }

  @Override
  public int rows(Size x) {
    return (int) x.height();
  }

  @Override
  public int columns(Size x) {
    return (int) x.width();
  }

  @Override
  public Size resampled(Size x, Resampling rows, Resampling columns) {
    return new Size(x.channels(), rows.count(), columns.count());
  }

  @Override
  public Size relu6(Size x) {
    return x;
  }

  @Override
  public Size silu(Size x) {
    return x;
  }

  @Override
  public Size maxPool(Size x, int kernel, int stride, int padding) {
    return new Size(
        x.channels(),
        out(x.height(), kernel, stride, padding),
        out(x.width(), kernel, stride, padding));
  }

  @Override
  public Size doubled(Size x) {
    return new Size(x.channels(), 2 * x.height(), 2 * x.width());
  }

  @Override
  public Size add(Size x, Size y) {
    if (!x.equals(y)) {
      throw new IllegalArgumentException("maps are " + x + " and " + y);
    }
    return x;
  }

  @Override
  public Size scale(Size x, Parameter factor) {
    return x;
  }

  @Override
  public Size sigmoid(Size x) {
    return x;
  }

  @Override
  public Size exp(Size x) {
    return x;
  }

  @Override
  public Size product(Size x, Size y) {
    return x.channels() == 1 ? y : x;
  }

  @Override
  public Size edgeStatistics(Size dist, int bins, int topk, EdgeStatistics statistics) {
    long told = statistics == EdgeStatistics.TOP ? topk : topk + 1;
    return new Size(4 * told, dist.height(), dist.width());
  }

  @Override
  public Size concat(List<Size> maps) {
    Size first = maps.get(0);
    long channels = maps.stream().mapToLong(Size::channels).sum();
    return new Size(channels, first.height(), first.width());
  }

  @Override
  public List<Size> halves(Size x, int half) {
    Size part = new Size(half, x.height(), x.width());
    return List.of(part, part);
  }

  @Override
  public Size withChannels(Size x, Parameter values) {
    return new Size(x.channels() + values.shape().get(0), x.height(), x.width());
  }

  @Override
  public Size damped(Size x, double share) {
    return x;
  }
}
