package dev.lectern.detector.layer;

/**
 * A convolution with a square kernel, padded so that a stride of 1 keeps the size of the map.
 *
 * @param weight (out, in / groups, kernel, kernel)
 * @param bias (out), or null for none
 * @param stride cells of the input per cell of the output
 * @param groups parts that input and output channels are split into; each output part reads the
 *     input part of its place alone
 * @param dilation cells of the input from one tap of the kernel to the next: Chen et al. 2017
 *     (arXiv:1706.05587), section 3.1
 */
public record Convolution(Parameter weight, Parameter bias, int stride, int groups, int dilation) {

  /** All channels read all. */
  public Convolution(Parameter weight, Parameter bias, int stride) {
    this(weight, bias, stride, 1);
  }

  /** The taps read neighbouring cells. */
  public Convolution(Parameter weight, Parameter bias, int stride, int groups) {
    this(weight, bias, stride, groups, 1);
  }

  /** The same kernel with its taps further apart. */
  public Convolution dilated(int cells) {
    return new Convolution(weight, bias, stride, groups, cells);
  }

  /** A map (N, in, H, W) becomes (N, out, ceil(H / stride), ceil(W / stride)) for odd kernels. */
  public <T> T apply(Operations<T> operations, T x) {
    int kernel = (int) weight.shape().get(2);
    return operations.convolution(x, weight, bias, stride, kernel / 2 * dilation, dilation, groups);
  }
}
