package dev.lectern.trainer.family.gfl;

/**
 * How a GFL head learns from ground truth; the part {@code objective} of its run.
 *
 * @param beta exponent of the quality focal loss [2]
 * @param clsWeight weight of the quality focal loss [1]
 * @param giouWeight weight of the box loss [2]
 * @param dflWeight weight of the distribution focal loss; 0 switches it off [0.25]
 * @param assignTopk candidates per object and level in ATSS [9]
 */
public record GflSettings(
    Double beta, Double clsWeight, Double giouWeight, Double dflWeight, Integer assignTopk) {
  /** As published (arXiv:2006.04388). */
  public static final GflSettings PUBLISHED = new GflSettings(null, null, null, null, null);

  /** Applies the defaults. */
  public GflSettings {
    beta = beta == null ? 2.0 : beta;
    clsWeight = clsWeight == null ? 1.0 : clsWeight;
    giouWeight = giouWeight == null ? 2.0 : giouWeight;
    dflWeight = dflWeight == null ? 0.25 : dflWeight;
    assignTopk = assignTopk == null ? 9 : assignTopk;
    if (assignTopk < 1) {
      throw new IllegalArgumentException(
          "assign-topk: found " + assignTopk + ", expected 1 or more");
    }
  }
}
