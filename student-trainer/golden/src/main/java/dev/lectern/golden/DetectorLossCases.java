package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.family.gflv2.DistributionGuidedQuality;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.EdgeStatistics;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.loss.CompleteIouLoss;
import dev.lectern.trainer.loss.DistributionFocalLoss;
import dev.lectern.trainer.loss.FocalLoss;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.QualityFocalLoss;
import dev.lectern.trainer.loss.Rows;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;

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

  /** As the objective sums it: background at every row, a correction at the labels. */
  private static Answer qualityFocal(GoldenCase question) {
    NDArray pred = question.tensor("pred");
    int[] labels = question.ints("label");
    int[] rows =
        IntStream.range(0, labels.length).filter(m -> labels[m] < pred.getShape().get(1)).toArray();
    double beta = question.number("beta");
    double factor = 1 / question.number("avg_factor");
    boolean isLogits = question.flag("use_sigmoid");
    NDArray sum =
        WeightedSum.of(
            pred,
            scores ->
                isLogits
                    ? QualityFocalLoss.background(scores, beta)
                    : QualityFocalLoss.backgroundOfProbabilities(scores, beta),
            question.tensor("weight"),
            factor);
    if (rows.length == 0) {
      return Answer.loss(sum);
    }
    NDArray atLabel =
        Rows.pick(Rows.take(pred, rows), IntStream.of(rows).map(m -> labels[m]).toArray());
    NDArray quality = Rows.take(question.tensor("quality"), rows);
    return Answer.loss(
        sum.add(
            WeightedSum.of(
                atLabel,
                scores ->
                    isLogits
                        ? QualityFocalLoss.foreground(scores, quality, beta)
                        : QualityFocalLoss.foregroundOfProbabilities(scores, quality, beta),
                Rows.take(question.tensor("weight"), rows),
                factor)));
  }

  private static Answer distributionFocal(GoldenCase question) {
    NDArray logits = question.tensor("logits");
    boolean weighted = question.has("weight") && question.flag("use_weight");
    NDArray weights =
        weighted
            ? question.tensor("weight")
            : question.manager().ones(logits.getShape().slice(0, 1));
    return Answer.loss(
        WeightedSum.of(
            logits,
            z -> DistributionFocalLoss.perEdge(z, question.floats("target")),
            weights,
            question.number("loss_weight") / question.number("avg_factor")));
  }

  private static Answer completeIou(GoldenCase question) {
    return boxes(
        question,
        (boxes, truth) -> CompleteIouLoss.overlaps(boxes, truth, CompleteIouLoss.Form.DETECTION));
  }

  private static Answer generalizedIou(GoldenCase question) {
    return boxes(question, (boxes, truth) -> GeneralizedIouLoss.overlaps(boxes, truth).giou());
  }

  private static Answer boxes(GoldenCase question, BinaryOperator<NDArray> overlap) {
    return Answer.loss(
        WeightedSum.of(
            question.tensor("pred"),
            boxes -> overlap.apply(boxes, question.tensor("target")).neg().add(1f),
            rowWeights(question),
            question.number("loss_weight") / question.number("avg_factor")));
  }

  /** As objectives sum it: background at every row, a correction at the labels. */
  private static Answer focal(GoldenCase question) {
    NDArray pred = question.tensor("pred");
    int[] labels = question.ints("label");
    int[] rows =
        IntStream.range(0, labels.length).filter(m -> labels[m] < pred.getShape().get(1)).toArray();
    double gamma = question.number("gamma");
    double alpha = question.number("alpha");
    double factor = 1 / question.number("avg_factor");
    NDArray sum =
        WeightedSum.of(
            pred,
            logits -> FocalLoss.background(logits, gamma, alpha),
            question.tensor("weight"),
            factor);
    if (rows.length == 0) {
      return Answer.loss(sum);
    }
    NDArray atLabel =
        Rows.pick(Rows.take(pred, rows), IntStream.of(rows).map(m -> labels[m]).toArray());
    return Answer.loss(
        sum.add(
            WeightedSum.of(
                atLabel,
                logits -> FocalLoss.foreground(logits, gamma, alpha),
                Rows.take(question.tensor("weight"), rows),
                factor)));
  }

  private static Answer guidedQuality(GoldenCase question) {
    DistributionGuidedQuality head =
        new DistributionGuidedQuality(
            question.integer("reg_max") + 1,
            question.integer("reg_topk"),
            question.flag("add_mean") ? EdgeStatistics.TOP_AND_MEAN : EdgeStatistics.TOP,
            convolution(question, "w1", "b1"),
            convolution(question, "w2", "b2"));
    EagerOperations operations = new EagerOperations(Mode.TRAIN);
    NDArray quality = head.apply(operations, question.tensor("box"));
    NDArray score = operations.product(operations.sigmoid(question.tensor("cls")), quality);
    return Answer.loss(score.mul(question.tensor("probe")).sum()).floats("score", score);
  }

  private static Convolution convolution(GoldenCase question, String weight, String bias) {
    return new Convolution(parameter(question, weight), parameter(question, bias), 1);
  }

  private static Parameter parameter(GoldenCase question, String name) {
    Parameter.Role role =
        question.isDifferentiable(name) ? Parameter.Role.LEARNED : Parameter.Role.FROZEN;
    return new Parameter(name, question.tensor(name), role);
  }

  /** One weight a row; where a case gives one a coordinate, their mean. */
  private static NDArray rowWeights(GoldenCase question) {
    NDArray weights = question.tensor("weight");
    return weights.getShape().dimension() == 2 ? weights.mean(new int[] {1}) : weights;
  }
}
