package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.lectern.trainer.loss.CompleteIouLoss;
import dev.lectern.trainer.loss.DistributionFocalLoss;
import dev.lectern.trainer.loss.FocalLoss;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.QualityFocalLoss;
import dev.lectern.trainer.objective.DistributionGuidedQuality;
import dev.lectern.trainer.objective.DistributionGuidedQuality.Statistics;
import java.util.Map;

/** A detector's own losses. */
final class DetectorLossCases {
  private DetectorLossCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "qfl", DetectorLossCases::qualityFocal,
        "dfl", DetectorLossCases::distributionFocal,
        "giou", DetectorLossCases::generalizedIou,
        "ciou", DetectorLossCases::completeIou,
        "focal", DetectorLossCases::focal,
        "gflv2_dgqp", DetectorLossCases::guidedQuality);
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

  private static Answer completeIou(GoldenCase question) {
    return Answer.loss(
        CompleteIouLoss.loss(
            question.tensor("pred"),
            question.tensor("target"),
            rowWeights(question),
            CompleteIouLoss.Form.DETECTION,
            question.number("loss_weight"),
            question.number("avg_factor")));
  }

  private static Answer focal(GoldenCase question) {
    return Answer.loss(
        FocalLoss.loss(
            question.tensor("pred"),
            question.ints("label"),
            question.tensor("weight"),
            question.number("gamma"),
            question.number("alpha"),
            question.number("avg_factor")));
  }

  private static Answer guidedQuality(GoldenCase question) {
    Statistics which = question.flag("add_mean") ? Statistics.TOP_AND_MEAN : Statistics.TOP;
    NDArray statistics =
        DistributionGuidedQuality.statistics(
            question.tensor("box"),
            question.integer("reg_max") + 1,
            question.integer("reg_topk"),
            which);
    NDArray quality =
        DistributionGuidedQuality.quality(
            statistics,
            question.tensor("w1"),
            question.tensor("b1"),
            question.tensor("w2"),
            question.tensor("b2"));
    NDArray score = Activation.sigmoid(question.tensor("cls")).mul(quality);
    return Answer.loss(score.mul(question.tensor("probe")).sum()).floats("score", score);
  }

  private static Answer generalizedIou(GoldenCase question) {
    return Answer.loss(
        GeneralizedIouLoss.loss(
            question.tensor("pred"),
            question.tensor("target"),
            rowWeights(question),
            question.number("loss_weight"),
            question.number("avg_factor")));
  }

  /** One weight a row; where a case gives one a coordinate, their mean. */
  private static NDArray rowWeights(GoldenCase question) {
    NDArray weights = question.tensor("weight");
    return weights.getShape().dimension() == 2 ? weights.mean(new int[] {1}) : weights;
  }
}
