package dev.lectern.trainer.objective;

/**
 * Weights of a detector's own losses.
 *
 * @param beta exponent of the quality focal loss
 * @param giouWeight weight of the box loss
 * @param dflWeight weight of the distribution focal loss; 0 switches it off
 */
public record GflSettings(double beta, double giouWeight, double dflWeight) {
  /** As published: β 2, GIoU 2, DFL 0.25 (arXiv:2006.04388). */
  public static final GflSettings PUBLISHED = new GflSettings(2, 2, 0.25);
}
