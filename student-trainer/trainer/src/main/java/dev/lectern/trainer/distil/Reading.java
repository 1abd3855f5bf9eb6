package dev.lectern.trainer.distil;

import dev.lectern.trainer.loss.Variant;

/** Which reading of its publication a method computes; the key {@code variant} of a loss. */
public enum Reading {
  /**
   * What public code computes, with a strength that depends neither on the number of classes, bins,
   * images, positives or levels nor on the size of maps: as strong as public code at its published
   * setting, see {@link PublishedSetting}.
   */
  NORMALISED,
  /** What public code computes, exactly; published numbers come from it. */
  OFFICIAL,
  /** The formula as printed. */
  PAPER;

  /** The formula that it takes. */
  Variant formula() {
    return this == PAPER ? Variant.PAPER : Variant.OFFICIAL;
  }
}
