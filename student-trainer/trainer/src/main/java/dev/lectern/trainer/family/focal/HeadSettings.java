package dev.lectern.trainer.family.focal;

/**
 * Weights of the objective of an ATSS, FCOS or RetinaNet head under localization distillation.
 *
 * @param giouWeight weight of the box loss, published 2, for FCOS 1
 * @param ldWeight weight of localization distillation on the positives, published 0.25, for
 *     RetinaNet 5
 * @param ldTemperature its τ, published 10
 * @param ldSoftmax what one distribution is
 * @param valuableShare weight of the same on the valuable region, as a part of {@code ldWeight},
 *     published 0.15 for ATSS, 0.25 for FCOS, 0.03 for RetinaNet
 * @param valuableWeight what weighs a row of that region
 * @param kdWeight weight of classification distillation on the positives, published 10
 * @param kdTemperature its τ, published 2, for RetinaNet 8
 */
public record HeadSettings(
    double giouWeight,
    double ldWeight,
    double ldTemperature,
    Softmax ldSoftmax,
    double valuableShare,
    ValuableWeight valuableWeight,
    double kdWeight,
    double kdTemperature) {

  /** Which logits one softmax of localization distillation runs over. */
  public enum Softmax {
    /** The bins of one edge. */
    PER_EDGE,
    /** The bins of all four edges together, as the public RetinaNet head computes it. */
    JOINT
  }

  /** What weighs a row of the valuable region. */
  public enum ValuableWeight {
    /** Its weight in the region. */
    REGION,
    /** The student's largest class score, constant. */
    SCORE
  }
}
