package dev.lectern.detector.layer;

/**
 * Batch normalisation, per channel over N, H and W.
 *
 * <pre>
 *   y = (x - mean) / sqrt(variance + epsilon) * scale + shift
 * </pre>
 *
 * <p>Ioffe and Szegedy 2015 (arXiv:1502.03167), algorithm 1.
 *
 * @param scale (C)
 * @param shift (C)
 * @param mean (C), running mean
 * @param variance (C), running variance, unbiased
 * @param statistics which mean and variance a training pass uses
 * @param constants of the formula and of the running statistics
 */
public record BatchNormalization(
    Parameter scale,
    Parameter shift,
    Parameter mean,
    Parameter variance,
    Statistics statistics,
    Constants constants)
    implements Norm {

  /** Where mean and variance come from in a training pass; other passes use the stored ones. */
  public enum Statistics {
    OF_THE_BATCH,
    STORED
  }

  /**
   * What a framework's authors chose.
   *
   * @param epsilon added to the variance
   * @param keep share of themselves that running statistics keep at each training pass
   */
  public record Constants(float epsilon, float keep) {
    /** PyTorch's. */
    public static final Constants TORCH = new Constants(1e-5f, 0.9f);

    /** Those of Ultralytics' networks. */
    public static final Constants ULTRALYTICS = new Constants(1e-3f, 0.97f);
  }

  /** A frozen layer keeps its statistics, too. */
  static BatchNormalization create(
      ParameterBuilder parameters, int channels, Statistics statistics, Constants constants) {
    Parameter scale = parameters.constant("weight", 1, channels);
    return new BatchNormalization(
        scale,
        parameters.constant("bias", 0, channels),
        parameters.statistic("running_mean", 0, channels),
        parameters.statistic("running_var", 1, channels),
        scale.isLearned() ? statistics : Statistics.STORED,
        constants);
  }

  @Override
  public <T> T apply(Operations<T> operations, T x) {
    return operations.batchNormalization(x, this);
  }
}
