package dev.lectern.detector.layer;

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
   * @param weight (out, in, kernel, kernel)
   * @param bias (out), or null for none
   */
  T convolution(T x, Parameter weight, Parameter bias, int stride, int padding);

  /**
   * Batch normalisation with scale and shift; see {@link BatchNormalization} for the formula.
   *
   * @param statistics whether a training pass takes mean and variance from the batch
   */
  T batchNormalization(
      T x,
      Parameter scale,
      Parameter shift,
      Parameter mean,
      Parameter variance,
      BatchNormalization.Statistics statistics);

  /** Group normalisation with scale and shift; see {@link GroupNormalization} for the formula. */
  T groupNormalization(T x, int groups, Parameter scale, Parameter shift);

  /** max(x, 0). */
  T relu(T x);

  /** Maximum over square windows; padding never wins. */
  T maxPool(T x, int kernel, int stride, int padding);

  /** Every cell becomes 2 x 2 equal cells. */
  T doubled(T x);

  /** The sum of two maps of the same shape. */
  T add(T x, T y);

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
   * @param topk probabilities of each side that are told, in falling order
   * @return (N, 4 * topk, H, W), or with the mean 4 * (topk + 1) channels
   */
  T edgeStatistics(T dist, int bins, int topk, EdgeStatistics statistics);
}
