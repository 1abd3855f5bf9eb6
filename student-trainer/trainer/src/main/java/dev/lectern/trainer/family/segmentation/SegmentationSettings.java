package dev.lectern.trainer.family.segmentation;

/**
 * The part {@code objective} of a run that trains a segmentation network.
 *
 * @param auxiliaryWeight factor of the auxiliary head's cross entropy; 0 for none [0.4, as in
 *     arXiv:1612.01105, section 3.3]
 */
public record SegmentationSettings(Double auxiliaryWeight) {
  /** Applies the defaults. */
  public SegmentationSettings {
    auxiliaryWeight = auxiliaryWeight == null ? 0.4 : auxiliaryWeight;
    if (!(auxiliaryWeight >= 0)) {
      throw new IllegalArgumentException(
          "auxiliary-weight: found " + auxiliaryWeight + ", expected 0 or more");
    }
  }
}
