package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.ClassificationDistillationLoss;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.LocalizationDistillationLoss;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss.Distance;
import dev.lectern.trainer.loss.Variant;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Distillation of logits at chosen rows. */
final class LogitDistillationCases {
  private LogitDistillationCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "ld", LogitDistillationCases::localization,
        "tbr", LogitDistillationCases::teacherBounded,
        "kd_cls", LogitDistillationCases::classification);
  }

  private static CaseResult localization(GoldenCase golden) {
    return sum(
        golden,
        pred ->
            LocalizationDistillationLoss.perEdge(
                pred, golden.tensor("soft"), golden.number("T"), variant(golden)));
  }

  private static CaseResult classification(GoldenCase golden) {
    return sum(
        golden,
        pred ->
            ClassificationDistillationLoss.perPosition(
                pred, golden.tensor("soft"), golden.number("T"), variant(golden)));
  }

  private static CaseResult sum(GoldenCase golden, UnaryOperator<NDArray> perRow) {
    return CaseResult.loss(
        WeightedSum.of(
            golden.tensor("pred"),
            perRow,
            golden.tensor("weight"),
            golden.number("loss_weight") / golden.number("avg_factor")));
  }

  private static CaseResult teacherBounded(GoldenCase golden) {
    NDArray student = golden.tensor("student");
    NDArray truth = golden.tensor("gt");
    Distance distance = golden.text("norm").equals("l2") ? Distance.L2 : Distance.L2_SQUARED;
    NDArray gate =
        TeacherBoundedRegressionLoss.gate(
            student, golden.tensor("teacher"), truth, distance, golden.number("margin"));
    long rows = Math.max(1, student.getShape().get(0));
    return CaseResult.loss(
            WeightedSum.of(
                student,
                boxes -> GeneralizedIouLoss.overlaps(boxes, truth).giou().neg().add(1f),
                golden.tensor("weight").mul(gate),
                golden.number("loss_weight") / rows))
        .floats("gate", gate);
  }

  private static Variant variant(GoldenCase golden) {
    return golden.text("bin_reduction").equals("mean") ? Variant.OFFICIAL : Variant.PAPER;
  }
}
