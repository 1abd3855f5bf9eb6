package dev.lectern.detector.layer;

/**
 * A convolution with a square kernel, padded so that a stride of 1 keeps the size of the map.
 *
 * @param weight (out, in / groups, kernel, kernel)
 * @param bias (out), or null for none
 * @param stride cells of the input per cell of the output
 * @param groups parts that input and output channels are split into; each output part reads the
 *     input part of its place alone
 */
public record Convolution(Parameter weight, Parameter bias, int stride, int groups) {

  /** All channels read all. */
  public Convolution(Parameter weight, Parameter bias, int stride) {
    this(weight, bias, stride, 1);
  }

  /** A map (N, in, H, W) becomes (N, out, ceil(H / stride), ceil(W / stride)) for odd kernels. */
  public <T> T apply(Operations<T> operations, T x) {
    int kernel = (int) weight.shape().get(2);
    return operations.convolution(x, weight, bias, stride, kernel / 2, groups);
  }
}
