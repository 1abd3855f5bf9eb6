package dev.lectern.detector.layer;

/**
 * A convolution with its normalisation and SiLU, the unit that YOLOv8 is built of. Parameter names
 * are Ultralytics': conv and bn.
 */
public final class ConvolutionBlock {
  private final Convolution convolution;
  private final Norm norm;

  /**
   * Creates the layers.
   *
   * @param parameters names start here
   */
  public ConvolutionBlock(
      ParameterBuilder parameters, int in, int out, int kernel, int stride, Norm.Settings norm) {
    convolution =
        new Convolution(
            parameters.at("conv").fanInUniform("weight", out, in, kernel, kernel), null, stride);
    this.norm = norm.create(parameters.at("bn"), out);
  }

  /** The normalisation of such blocks. */
  public static Norm.Settings norm(Normalization kind) {
    return new Norm.Settings(kind, null, BatchNormalization.Constants.ULTRALYTICS);
  }

  /** (N, in, H, W) becomes (N, out, ceil(H / stride), ceil(W / stride)). */
  public <T> T apply(Operations<T> operations, T x) {
    return operations.silu(norm.apply(operations, convolution.apply(operations, x)));
  }
}
