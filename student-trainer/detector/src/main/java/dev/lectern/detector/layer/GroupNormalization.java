package dev.lectern.detector.layer;

/**
 * Group normalisation: per image and group of neighbouring channels, over the group's channels, H
 * and W.
 *
 * <pre>
 *   y = (x - mean) / sqrt(variance + epsilon) * scale + shift
 * </pre>
 *
 * <p>Wu and He 2018 (arXiv:1803.08494), equations 1, 2, 6 and 7; the variance is the biased one.
 *
 * @param groups number of groups, a divisor of C
 * @param scale (C)
 * @param shift (C)
 */
public record GroupNormalization(int groups, Parameter scale, Parameter shift) implements Norm {
  /** Added to the variance. */
  public static final float EPSILON = 1e-5f;

  /** Groups of the detection heads in the papers. */
  private static final int GROUPS = 32;

  /** Channels that a group has at least; narrow maps get fewer groups instead of smaller ones. */
  private static final int CHANNELS_PER_GROUP = 4;

  public GroupNormalization {
    long channels = scale.shape().get(0);
    if (channels % groups != 0) {
      throw new IllegalArgumentException(
          scale.name() + ": found " + channels + " channels, expected a multiple of " + groups);
    }
  }

  /** With 32 groups, or one per four channels where that is fewer. */
  static GroupNormalization create(ParameterBuilder parameters, int channels) {
    return create(parameters, channels, groups(parameters.name(""), channels));
  }

  static GroupNormalization create(ParameterBuilder parameters, int channels, int groups) {
    return new GroupNormalization(
        groups,
        parameters.constant("weight", 1, channels),
        parameters.constant("bias", 0, channels));
  }

  private static int groups(String path, int channels) {
    int groups = Math.min(GROUPS, channels / CHANNELS_PER_GROUP);
    if (groups == 0 || channels % groups != 0) {
      throw new IllegalArgumentException(
          path.substring(0, Math.max(0, path.length() - 1))
              + ": found "
              + channels
              + " channels, expected a multiple of 4 up to 128 or of 32 above for group normalisation");
    }
    return groups;
  }

  @Override
  public <T> T apply(Operations<T> operations, T x) {
    return operations.groupNormalization(x, groups, scale, shift);
  }
}
