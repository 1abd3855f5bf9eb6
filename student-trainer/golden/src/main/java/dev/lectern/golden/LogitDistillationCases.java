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

  private static Answer localization(GoldenCase question) {
    return sum(
        question,
        pred ->
            LocalizationDistillationLoss.perEdge(
                pred, question.tensor("soft"), question.number("T"), variant(question)));
  }

  private static Answer classification(GoldenCase question) {
    return sum(
        question,
        pred ->
            ClassificationDistillationLoss.perPosition(
                pred, question.tensor("soft"), question.number("T"), variant(question)));
  }

  private static Answer sum(GoldenCase question, UnaryOperator<NDArray> perRow) {
    return Answer.loss(
        WeightedSum.of(
            question.tensor("pred"),
            perRow,
            question.tensor("weight"),
            question.number("loss_weight") / question.number("avg_factor")));
  }

  private static Answer teacherBounded(GoldenCase question) {
    NDArray student = question.tensor("student");
    NDArray truth = question.tensor("gt");
    Distance distance = question.text("norm").equals("l2") ? Distance.L2 : Distance.L2_SQUARED;
    NDArray gate =
        TeacherBoundedRegressionLoss.gate(
            student, question.tensor("teacher"), truth, distance, question.number("margin"));
    long rows = Math.max(1, student.getShape().get(0));
    return Answer.loss(
            WeightedSum.of(
                student,
                boxes -> GeneralizedIouLoss.overlaps(boxes, truth).giou().neg().add(1f),
                question.tensor("weight").mul(gate),
                question.number("loss_weight") / rows))
        .floats("gate", gate);
  }

  private static Variant variant(GoldenCase question) {
    return question.text("bin_reduction").equals("mean") ? Variant.OFFICIAL : Variant.PAPER;
  }
}
