package dev.lectern.detector.layer;

/** What a forward pass is for. */
public enum Mode {
  /** Live batch normalisation uses the statistics of the batch and updates the running ones. */
  TRAIN,
  /** Batch normalisation uses the running statistics and changes nothing. */
  EVALUATE
}
