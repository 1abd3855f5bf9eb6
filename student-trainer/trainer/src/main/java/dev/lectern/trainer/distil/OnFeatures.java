package dev.lectern.trainer.distil;

/** A method that compares features of the neck, of any channels unless {@link Equal}. */
interface OnFeatures extends Method {
  /** The levels it compares, and the adapter. */
  FeatureLevels features();

  @Override
  default Levels levels() {
    return features().levels();
  }

  @Override
  default Needs needs() {
    return Needs.features();
  }

  /** Of as many channels on both sides. */
  interface Equal extends OnFeatures {
    @Override
    default boolean needsEqualChannels() {
      return features().isUnadapted();
    }
  }
}
