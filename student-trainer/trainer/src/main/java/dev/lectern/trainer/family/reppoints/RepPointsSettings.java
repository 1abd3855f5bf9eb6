package dev.lectern.trainer.family.reppoints;

/**
 * How a RepPoints head learns from ground truth; the part {@code objective} of its run.
 *
 * @param gamma exponent of the focal loss [2]
 * @param alpha weight of the label in the focal loss [0.25]
 * @param clsWeight weight of the class loss [1]
 * @param initialWeight weight of the first stage's box loss [0.5]
 * @param refinedWeight weight of the second stage's box loss [1]
 * @param smoothBeta turning point of both, in units of a level's base side [0.11]
 * @param baseScale base side of a level's boxes, in strides [4]
 * @param assignScale side in strides of an object that belongs to its level [4]
 * @param assignPoints points that learn an object in the first stage [1]
 * @param positiveIou overlap of a first box from which on it learns an object [0.5]
 * @param negativeIou overlap below which it is background [0.4]
 * @param minPositiveIou least best overlap of an object with a first box that it then takes anyway
 *     [0]
 */
public record RepPointsSettings(
    Double gamma,
    Double alpha,
    Double clsWeight,
    Double initialWeight,
    Double refinedWeight,
    Double smoothBeta,
    Double baseScale,
    Double assignScale,
    Integer assignPoints,
    Double positiveIou,
    Double negativeIou,
    Double minPositiveIou) {

  /** Applies the defaults. */
  public RepPointsSettings {
    gamma = gamma == null ? 2.0 : gamma;
    alpha = alpha == null ? 0.25 : alpha;
    clsWeight = clsWeight == null ? 1.0 : clsWeight;
    initialWeight = initialWeight == null ? 0.5 : initialWeight;
    refinedWeight = refinedWeight == null ? 1.0 : refinedWeight;
    smoothBeta = smoothBeta == null ? 0.11 : smoothBeta;
    baseScale = baseScale == null ? 4.0 : baseScale;
    assignScale = assignScale == null ? 4.0 : assignScale;
    assignPoints = assignPoints == null ? 1 : assignPoints;
    positiveIou = positiveIou == null ? 0.5 : positiveIou;
    negativeIou = negativeIou == null ? 0.4 : negativeIou;
    minPositiveIou = minPositiveIou == null ? 0.0 : minPositiveIou;
    requirePositive("smooth-beta", smoothBeta);
    requirePositive("base-scale", baseScale);
    requirePositive("assign-scale", assignScale);
    requirePositive("assign-points", assignPoints);
  }

  private static void requirePositive(String key, Number found) {
    if (!(found.doubleValue() > 0)) {
      throw new IllegalArgumentException(key + ": found " + found + ", expected a positive number");
    }
  }
}
