package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.ClassificationDistillationLoss;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.LocalizationDistillationLoss;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss.Distance;
import dev.lectern.trainer.loss.Variant;
import java.util.Map;

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
    return Answer.loss(
        LocalizationDistillationLoss.loss(
            question.tensor("pred"),
            question.tensor("soft"),
            question.tensor("weight"),
            question.number("T"),
            variant(question),
            question.number("loss_weight"),
            question.number("avg_factor")));
  }

  private static Answer classification(GoldenCase question) {
    return Answer.loss(
        ClassificationDistillationLoss.loss(
            question.tensor("pred"),
            question.tensor("soft"),
            question.tensor("weight"),
            question.number("T"),
            variant(question),
            question.number("loss_weight"),
            question.number("avg_factor")));
  }

  private static Answer teacherBounded(GoldenCase question) {
    NDArray student = question.tensor("student");
    NDArray truth = question.tensor("gt");
    Distance distance = question.text("norm").equals("l2") ? Distance.L2 : Distance.L2_SQUARED;
    NDArray gate =
        TeacherBoundedRegressionLoss.gate(
            student, question.tensor("teacher"), truth, distance, question.number("margin"));
    NDArray loss =
        TeacherBoundedRegressionLoss.loss(student, truth, question.tensor("weight"), gate);
    return Answer.loss(loss.mul(Constants.of(loss, question.number("loss_weight"))))
        .floats("gate", gate);
  }

  private static Variant variant(GoldenCase question) {
    return question.text("bin_reduction").equals("mean") ? Variant.OFFICIAL : Variant.PAPER;
  }
}
