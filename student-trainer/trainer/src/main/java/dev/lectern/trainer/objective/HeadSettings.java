package dev.lectern.trainer.objective;

/**
 * Weights of the objective of an ATSS, FCOS or RetinaNet head under localization distillation.
 *
 * @param giouWeight weight of the box loss
 * @param ldWeight weight of localization distillation on the positives
 * @param ldTemperature its τ
 * @param ldSoftmax what one distribution is
 * @param valuableShare weight of the same on the valuable region, as a part of {@code ldWeight}
 * @param valuableWeight what weighs a row of that region
 * @param kdWeight weight of classification distillation on the positives
 * @param kdTemperature its τ
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

  /** Published for ATSS. */
  public static final HeadSettings ATSS =
      new HeadSettings(2, 0.25, 10, Softmax.PER_EDGE, 0.15, ValuableWeight.REGION, 10, 2);

  /** Published for FCOS. */
  public static final HeadSettings FCOS =
      new HeadSettings(1, 0.25, 10, Softmax.PER_EDGE, 0.25, ValuableWeight.SCORE, 10, 2);

  /** Published for RetinaNet, but with a softmax per edge. */
  public static final HeadSettings RETINANET =
      new HeadSettings(2, 5, 10, Softmax.PER_EDGE, 0.03, ValuableWeight.REGION, 10, 8);
}
