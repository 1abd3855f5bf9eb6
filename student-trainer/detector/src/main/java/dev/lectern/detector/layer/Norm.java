package dev.lectern.detector.layer;

/** A layer that normalises a map and then scales and shifts each channel. */
public interface Norm {

  /** The shape stays. */
  <T> T apply(Operations<T> operations, T x);

  /** A layer that changes nothing. */
  record Identity() implements Norm {
    @Override
    public <T> T apply(Operations<T> operations, T x) {
      return x;
    }
  }

  /**
   * Which layer normalises, and how.
   *
   * @param groups of group normalisation; null for 32, or one per four channels where that is fewer
   * @param constants of batch normalisation
   */
  record Settings(Normalization kind, Integer groups, BatchNormalization.Constants constants) {
    /** With PyTorch's constants. */
    public Settings(Normalization kind, Integer groups) {
      this(kind, groups, BatchNormalization.Constants.TORCH);
    }

    /** Whether the layer is a group normalisation. */
    public boolean isGroup() {
      return kind == Normalization.GROUP;
    }

    /** Whether a convolution before the layer needs no bias, since the layer shifts its output. */
    public boolean shifts() {
      return kind != Normalization.NONE;
    }

    /**
     * A layer with scale 1 and shift 0.
     *
     * @param parameters names start here
     * @throws IllegalArgumentException if the channels do not split into the groups
     */
    public Norm create(ParameterBuilder parameters, int channels) {
      return switch (kind) {
        case BATCH ->
            BatchNormalization.create(
                parameters, channels, BatchNormalization.Statistics.OF_THE_BATCH, constants);
        case FROZEN_BATCH ->
            BatchNormalization.create(
                parameters, channels, BatchNormalization.Statistics.STORED, constants);
        case GROUP ->
            groups == null
                ? GroupNormalization.create(parameters, channels)
                : GroupNormalization.create(parameters, channels, groups);
        case NONE -> new Identity();
      };
    }
  }
}
