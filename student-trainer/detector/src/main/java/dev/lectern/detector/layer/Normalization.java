package dev.lectern.detector.layer;

/** How a layer normalises its activations. */
public enum Normalization {
  /**
   * Batch normalisation with the statistics of the batch while training (Ioffe and Szegedy 2015).
   */
  BATCH,
  /**
   * Batch normalisation that always uses the stored statistics; its scale and shift still learn.
   */
  FROZEN_BATCH,
  /** Group normalisation (Wu and He 2018): independent of the batch. */
  GROUP,
  /** None; the convolution before it has a bias instead. */
  NONE
}
