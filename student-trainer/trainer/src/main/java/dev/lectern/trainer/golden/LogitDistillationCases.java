package dev.lectern.trainer.golden;

import dev.lectern.trainer.loss.ClassificationDistillationLoss;
import dev.lectern.trainer.loss.LocalizationDistillationLoss;
import dev.lectern.trainer.loss.Variant;
import java.util.Map;

/** Distillation of logits at chosen rows. */
final class LogitDistillationCases {
  private LogitDistillationCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "ld", LogitDistillationCases::localization,
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

  private static Variant variant(GoldenCase question) {
    return question.text("bin_reduction").equals("mean") ? Variant.OFFICIAL : Variant.PAPER;
  }
}
