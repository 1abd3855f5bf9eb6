package dev.lectern.trainer.distil;

import dev.lectern.schemas.config.Key;

/**
 * Which levels of the student's features are compared, and what brings their channels to the
 * teacher's.
 */
record FeatureLevels(
    @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
    @Key(meaning = Method.ADAPTER) Adapter adapter) {
  /** For a loss that needs as many channels on both sides. */
  AdaptedLevels equal(Pairing pairing, Layers layers) {
    return layers.adapted(levels.of(pairing), adapter);
  }

  /** For a loss that compares maps of any channels. */
  AdaptedLevels any(Pairing pairing, Layers layers) {
    return layers.adapted(levels.of(pairing), adapter == Adapter.AUTO ? Adapter.NONE : adapter);
  }

  boolean isUnadapted() {
    return adapter == Adapter.NONE;
  }
}
