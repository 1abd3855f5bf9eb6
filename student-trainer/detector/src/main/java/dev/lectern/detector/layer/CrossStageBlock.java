package dev.lectern.detector.layer;

import java.util.ArrayList;
import java.util.List;

/**
 * Half of the channels pass through bottlenecks one after the other; every intermediate map and the
 * other half are merged. YOLOv8's C2f, after cross stage partial networks (Wang et al. 2020,
 * arXiv:1911.11929). Parameter names are Ultralytics'.
 */
public final class CrossStageBlock {
  private final ConvolutionBlock split;
  private final List<Bottleneck> bottlenecks = new ArrayList<>();
  private final ConvolutionBlock merge;
  private final int half;

  /** Two 3x3 convolutions, whose input is added where asked for. */
  private static final class Bottleneck {
    private final ConvolutionBlock first;
    private final ConvolutionBlock second;
    private final boolean addsInput;

    Bottleneck(ParameterBuilder parameters, int channels, boolean addsInput, Norm.Settings norm) {
      first = new ConvolutionBlock(parameters.at("cv1"), channels, channels, 3, 1, norm);
      second = new ConvolutionBlock(parameters.at("cv2"), channels, channels, 3, 1, norm);
      this.addsInput = addsInput;
    }

    <T> T apply(Operations<T> operations, T x) {
      T y = second.apply(operations, first.apply(operations, x));
      return addsInput ? operations.add(y, x) : y;
    }
  }

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   * @param out an even number of channels
   * @param blocks number of bottlenecks
   * @param addsInput whether each adds its input
   */
  public CrossStageBlock(
      ParameterBuilder parameters,
      int in,
      int out,
      int blocks,
      boolean addsInput,
      Norm.Settings norm) {
    half = out / 2;
    split = new ConvolutionBlock(parameters.at("cv1"), in, 2 * half, 1, 1, norm);
    merge = new ConvolutionBlock(parameters.at("cv2"), (2 + blocks) * half, out, 1, 1, norm);
    for (int i = 0; i < blocks; i++) {
      bottlenecks.add(new Bottleneck(parameters.at("m").at(i), half, addsInput, norm));
    }
  }

  /** (N, in, H, W) becomes (N, out, H, W). */
  public <T> T apply(Operations<T> operations, T x) {
    T both = split.apply(operations, x);
    List<T> maps = new ArrayList<>(operations.halves(both, half));
    T last = maps.get(1);
    for (Bottleneck bottleneck : bottlenecks) {
      last = bottleneck.apply(operations, last);
      maps.add(last);
    }
    return merge.apply(operations, operations.concat(maps));
  }
}
