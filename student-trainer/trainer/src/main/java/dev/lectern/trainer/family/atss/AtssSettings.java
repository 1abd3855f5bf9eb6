package dev.lectern.trainer.family.atss;

/**
 * How an ATSS head learns from ground truth; the part {@code objective} of its run.
 *
 * @param gamma exponent of the focal loss [2]
 * @param alpha balance of the focal loss [0.25]
 * @param clsWeight weight of the class loss [1]
 * @param giouWeight weight of the box loss [2]
 * @param centernessWeight weight of the centerness loss [1]
 * @param assignTopk candidates per object and level in ATSS [9]
 */
public record AtssSettings(
    Double gamma,
    Double alpha,
    Double clsWeight,
    Double giouWeight,
    Double centernessWeight,
    Integer assignTopk) {

  /** Applies the defaults. */
  public AtssSettings {
    gamma = gamma == null ? 2.0 : gamma;
    alpha = alpha == null ? 0.25 : alpha;
    clsWeight = clsWeight == null ? 1.0 : clsWeight;
    giouWeight = giouWeight == null ? 2.0 : giouWeight;
    centernessWeight = centernessWeight == null ? 1.0 : centernessWeight;
    assignTopk = assignTopk == null ? 9 : assignTopk;
    if (assignTopk < 1) {
      throw new IllegalArgumentException(
          "assign-topk: found " + assignTopk + ", expected 1 or more");
    }
  }
}
