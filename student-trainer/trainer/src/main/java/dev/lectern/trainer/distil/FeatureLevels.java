package dev.lectern.trainer.distil;

import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.objective.TermSite;

/**
 * Which levels of the student's features are compared, and what brings their channels to the
 * teacher's.
 */
record FeatureLevels(
    @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
    @Key(meaning = Method.ADAPTER) TermSite.Adapter adapter) {
  /** For a loss that needs as many channels on both sides. */
  AdaptedLevels equal(TermSite site) {
    return new AdaptedLevels(site.adapters(levels.of(site), adapter));
  }

  /** For a loss that compares maps of any channels. */
  AdaptedLevels any(TermSite site) {
    TermSite.Adapter asked = adapter == TermSite.Adapter.AUTO ? TermSite.Adapter.NONE : adapter;
    return new AdaptedLevels(site.adapters(levels.of(site), asked));
  }

  boolean isUnadapted() {
    return adapter == TermSite.Adapter.NONE;
  }
}
