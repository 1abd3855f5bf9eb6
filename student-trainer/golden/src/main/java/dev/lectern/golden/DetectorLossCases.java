package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
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
        "focal", DetectorLossCases::focal);
  }

  /** As the objective sums it: background at every row, a correction at the labels. */
  private static CaseResult qualityFocal(GoldenCase golden) {
    NDArray pred = golden.tensor("pred");
    int[] labels = golden.ints("label");
    int[] rows =
        IntStream.range(0, labels.length).filter(m -> labels[m] < pred.getShape().get(1)).toArray();
    double beta = golden.number("beta");
    double factor = 1 / golden.number("avg_factor");
    boolean isLogits = golden.flag("use_sigmoid");
    NDArray sum =
        WeightedSum.of(
            pred,
            scores ->
                isLogits
                    ? QualityFocalLoss.background(scores, beta)
                    : QualityFocalLoss.backgroundOfProbabilities(scores, beta),
            golden.tensor("weight"),
            factor);
    if (rows.length == 0) {
      return CaseResult.loss(sum);
    }
    NDArray atLabel =
        Rows.pick(Rows.take(pred, rows), IntStream.of(rows).map(m -> labels[m]).toArray());
    NDArray quality = Rows.take(golden.tensor("quality"), rows);
    return CaseResult.loss(
        sum.add(
            WeightedSum.of(
                atLabel,
                scores ->
                    isLogits
                        ? QualityFocalLoss.foreground(scores, quality, beta)
                        : QualityFocalLoss.foregroundOfProbabilities(scores, quality, beta),
                Rows.take(golden.tensor("weight"), rows),
                factor)));
  }

  private static CaseResult distributionFocal(GoldenCase golden) {
    NDArray logits = golden.tensor("logits");
    boolean weighted = golden.has("weight") && golden.flag("use_weight");
    NDArray weights =
        weighted ? golden.tensor("weight") : golden.manager().ones(logits.getShape().slice(0, 1));
    return CaseResult.loss(
        WeightedSum.of(
            logits,
            z -> DistributionFocalLoss.perEdge(z, golden.floats("target")),
            weights,
            golden.number("loss_weight") / golden.number("avg_factor")));
  }

  private static CaseResult completeIou(GoldenCase golden) {
    return boxes(
        golden,
        (boxes, truth) -> CompleteIouLoss.overlaps(boxes, truth, CompleteIouLoss.Form.DETECTION));
  }

  private static CaseResult generalizedIou(GoldenCase golden) {
    return boxes(golden, (boxes, truth) -> GeneralizedIouLoss.overlaps(boxes, truth).giou());
  }

  private static CaseResult boxes(GoldenCase golden, BinaryOperator<NDArray> overlap) {
    return CaseResult.loss(
        WeightedSum.of(
            golden.tensor("pred"),
            boxes -> overlap.apply(boxes, golden.tensor("target")).neg().add(1f),
            rowWeights(golden),
            golden.number("loss_weight") / golden.number("avg_factor")));
  }

  /** As objectives sum it: background at every row, a correction at the labels. */
  private static CaseResult focal(GoldenCase golden) {
    NDArray pred = golden.tensor("pred");
    int[] labels = golden.ints("label");
    int[] rows =
        IntStream.range(0, labels.length).filter(m -> labels[m] < pred.getShape().get(1)).toArray();
    double gamma = golden.number("gamma");
    double alpha = golden.number("alpha");
    double factor = 1 / golden.number("avg_factor");
    NDArray sum =
        WeightedSum.of(
            pred,
            logits -> FocalLoss.background(logits, gamma, alpha),
            golden.tensor("weight"),
            factor);
    if (rows.length == 0) {
      return CaseResult.loss(sum);
    }
    NDArray atLabel =
        Rows.pick(Rows.take(pred, rows), IntStream.of(rows).map(m -> labels[m]).toArray());
    return CaseResult.loss(
        sum.add(
            WeightedSum.of(
                atLabel,
                logits -> FocalLoss.foreground(logits, gamma, alpha),
                Rows.take(golden.tensor("weight"), rows),
                factor)));
  }

  /** One weight a row; where a case gives one a coordinate, their mean. */
  private static NDArray rowWeights(GoldenCase golden) {
    NDArray weights = golden.tensor("weight");
    return weights.getShape().dimension() == 2 ? weights.mean(new int[] {1}) : weights;
  }
}
