package dev.lectern.detector.layer;

/** A layer that normalises a map and then scales and shifts each channel. */
public interface Norm {

  /** The shape stays. */
  <T> T apply(Operations<T> operations, T x);

  /** The layer of the given kind, with scale 1 and shift 0. */
  static Norm create(Normalization kind, ParameterBuilder parameters, String name, int channels) {
    switch (kind) {
      case BATCH:
        return BatchNormalization.create(
            parameters, name, channels, BatchNormalization.Statistics.OF_THE_BATCH);
      case FROZEN_BATCH:
        return BatchNormalization.create(
            parameters, name, channels, BatchNormalization.Statistics.STORED);
      case GROUP:
        return GroupNormalization.create(parameters, name, channels);
      default:
        throw new IllegalArgumentException("unknown normalisation " + kind);
    }
  }
}
