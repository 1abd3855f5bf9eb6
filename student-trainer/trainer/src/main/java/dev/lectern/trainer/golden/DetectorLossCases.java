package dev.lectern.trainer.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.DistributionFocalLoss;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.QualityFocalLoss;
import java.util.Map;

/** A detector's own losses. */
final class DetectorLossCases {
  private DetectorLossCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "qfl", DetectorLossCases::qualityFocal,
        "dfl", DetectorLossCases::distributionFocal,
        "giou", DetectorLossCases::generalizedIou);
  }

  private static Answer qualityFocal(GoldenCase question) {
    int[] labels = question.ints("label");
    NDArray quality = question.tensor("quality");
    NDArray weights = question.tensor("weight");
    double beta = question.number("beta");
    double divisor = question.number("avg_factor");
    return Answer.loss(
        question.flag("use_sigmoid")
            ? QualityFocalLoss.loss(
                question.tensor("pred"), labels, quality, weights, beta, divisor)
            : QualityFocalLoss.lossOfProbabilities(
                question.tensor("pred"), labels, quality, weights, beta, divisor));
  }

  private static Answer distributionFocal(GoldenCase question) {
    NDArray logits = question.tensor("logits");
    boolean weighted = question.has("weight") && question.flag("use_weight");
    NDArray weights =
        weighted
            ? question.tensor("weight")
            : question.manager().ones(logits.getShape().slice(0, 1));
    return Answer.loss(
        DistributionFocalLoss.loss(
            logits,
            question.floats("target"),
            weights,
            question.number("loss_weight"),
            question.number("avg_factor")));
  }

  private static Answer generalizedIou(GoldenCase question) {
    NDArray weights = question.tensor("weight");
    if (weights.getShape().dimension() == 2) {
      weights = weights.mean(new int[] {1});
    }
    return Answer.loss(
        GeneralizedIouLoss.loss(
            question.tensor("pred"),
            question.tensor("target"),
            weights,
            question.number("loss_weight"),
            question.number("avg_factor")));
  }
}
