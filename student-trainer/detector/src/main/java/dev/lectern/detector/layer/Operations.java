package dev.lectern.detector.layer;

import java.util.List;

/**
 * The operations that networks are made of.
 *
 * <p>A network is written once against this interface and then runs eagerly on DJL ({@link
 * EagerOperations}) or is recorded as a graph for export, so that both are the same network by
 * construction. Maps are (N, C, H, W).
 *
 * @param <T> what stands for a map: an array, or the name of a value in a graph
 */
public interface Operations<T> {

  /**
   * Cross-correlation with a square kernel and zero padding on all sides.
   *
   * @param weight (out, in / groups, kernel, kernel)
   * @param bias (out), or null for none
   * @param dilation cells from one tap of the kernel to the next
   * @param groups parts of the channels that do not see each other
   */
  T convolution(
      T x, Parameter weight, Parameter bias, int stride, int padding, int dilation, int groups);

  /**
   * A 3x3 convolution whose nine taps lie where the points say, with bilinear interpolation and
   * zeros outside: Dai et al. 2017 (arXiv:1703.06211), equations 2 to 4. The points replace the
   * regular grid; the paper's offsets are relative to that.
   *
   * @param points (N, 18, H, W), offsets (y, x) of the nine taps from the cell, in cells, row-major
   *     over the kernel
   * @param weight (out, in, 3, 3)
   */
  T convolutionAt(T x, T points, Parameter weight);

  /** Batch normalisation with scale and shift; see {@link BatchNormalization} for the formula. */
  T batchNormalization(T x, BatchNormalization layer);

  /** Group normalisation with scale and shift; see {@link GroupNormalization} for the formula. */
  T groupNormalization(T x, int groups, Parameter scale, Parameter shift);

  /** max(x, 0). */
  T relu(T x);

  /** x where it is positive, slope * x elsewhere: Maas et al. 2013, equation 2. */
  T leakyRelu(T x, double slope);

  /** min(max(x, 0), 6): Howard et al. 2017 (arXiv:1704.04861). */
  T relu6(T x);

  /** x * sigmoid(x): Elfwing et al. 2017 (arXiv:1702.03118), equation 5. */
  T silu(T x);

  /** Maximum over square windows; padding never wins. */
  T maxPool(T x, int kernel, int stride, int padding);

  /**
   * As {@link #maxPool}, with one more window at an end where the windows do not fill the map
   * (PyTorch's {@code ceil_mode}).
   */
  T maxPoolToEnd(T x, int kernel, int stride, int padding);

  /** Rows of a map. */
  int rows(T x);

  /** Columns of a map. */
  int columns(T x);

  /** Another number of rows and columns, each a weighted sum of those that are there. */
  T resampled(T x, Resampling rows, Resampling columns);

  /** Every cell becomes 2 x 2 equal cells. */
  T doubled(T x);

  /**
   * The sum of two maps of the same shape. It takes the place of the first, which nobody may read
   * afterwards.
   */
  T add(T sum, T x);

  /** All values times one learned factor of shape (1). */
  T scale(T x, Parameter factor);

  /** 1 / (1 + e^-x). */
  T sigmoid(T x);

  /** e^x. */
  T exp(T x);

  /**
   * The product of two maps of the same shape, but that one may have a single channel, which then
   * multiplies every channel of the other.
   */
  T product(T x, T y);

  /**
   * What the distributions of a box's four sides look like.
   *
   * @param dist (N, 4 * bins, H, W) logits
   * @param topk largest probabilities of each side, in falling order
   * @return (N, 4 * topk, H, W), or with the mean 4 * (topk + 1) channels
   */
  T edgeStatistics(T dist, int bins, int topk, EdgeStatistics statistics);

  /** Channels of several maps of the same size, one after the other. */
  T concat(List<T> maps);

  /** The first {@code half} channels and the second, of 2 * half. */
  List<T> halves(T x, int half);

  /**
   * More channels, each with one value everywhere.
   *
   * @param values (M), of the channels that follow those of the map
   */
  T withChannels(T x, Parameter values);

  /**
   * The same values, whose gradient reaches back only in part.
   *
   * @param share of the gradient that passes; 0 for none
   */
  T damped(T x, double share);
}
