package dev.lectern.detector.layer;

/** Statistics of the distribution of each side of a box. */
public enum EdgeStatistics {
  /** Its largest probabilities. */
  TOP,
  /** These, and their mean. */
  TOP_AND_MEAN
}
