package dev.lectern.trainer.loss;

/** Which reading of a method a loss computes, where the public code departs from the paper. */
public enum Variant {
  /** What the authors' public code computes; published numbers come from it. */
  OFFICIAL,
  /** The formula as printed. */
  PAPER
}
