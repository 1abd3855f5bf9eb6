package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.ChannelBhattacharyyaLoss;
import dev.lectern.trainer.loss.ChannelMapSquaredLoss;
import dev.lectern.trainer.loss.ChannelWiseCrossEntropyLoss;
import dev.lectern.trainer.loss.ChannelWiseDistillationLoss;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.FeatureSquaredLoss;
import dev.lectern.trainer.loss.NormalizedChannelWiseLoss;
import java.util.Map;

/** Channel-wise distillation of maps and its ablations. */
final class ChannelWiseCases {
  private ChannelWiseCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "cwd", ChannelWiseCases::divergence,
        "cwd_logits", ChannelWiseCases::divergence,
        "cwd_cross_entropy", ChannelWiseCases::crossEntropy,
        "cwd_bhattacharyya", ChannelWiseCases::bhattacharyya,
        "cwd_channel_mse", ChannelWiseCases::squaredMaps,
        "cwd_l2", ChannelWiseCases::squaredFeatures,
        "cwd_yolo", ChannelWiseCases::normalized);
  }

  private static Answer divergence(GoldenCase question) {
    NDArray loss =
        ChannelWiseDistillationLoss.loss(
            question.tensor("student"), question.tensor("teacher"), question.number("tau"));
    double weight = question.hasSetting("loss_weight") ? question.number("loss_weight") : 1;
    return Answer.loss(loss.mul(Constants.of(loss, weight)));
  }

  private static Answer crossEntropy(GoldenCase question) {
    NDArray student = question.tensor("student");
    NDArray loss =
        ChannelWiseCrossEntropyLoss.loss(
            Adapters.convolved(question, student, "align_w", "align_b"),
            question.tensor("teacher"),
            question.number("tau"),
            student.getShape().get(1));
    return Answer.loss(loss.mul(Constants.of(loss, question.number("loss_weight"))));
  }

  private static Answer bhattacharyya(GoldenCase question) {
    return Answer.loss(
        ChannelBhattacharyyaLoss.loss(
            question.tensor("student"), question.tensor("teacher"), question.number("tau")));
  }

  private static Answer squaredMaps(GoldenCase question) {
    return Answer.loss(
        ChannelMapSquaredLoss.loss(question.tensor("student"), question.tensor("teacher")));
  }

  private static Answer squaredFeatures(GoldenCase question) {
    return Answer.loss(
        FeatureSquaredLoss.perPosition(question.tensor("student"), question.tensor("teacher")));
  }

  private static Answer normalized(GoldenCase question) {
    NDArray sum = null;
    for (int l = 0; question.has("student_l" + l); l++) {
      NDArray student =
          Adapters.convolved(
              question, question.tensor("student_l" + l), "align_w_l" + l, "align_b_l" + l);
      NDArray loss =
          NormalizedChannelWiseLoss.loss(
              student, question.tensor("teacher_l" + l), question.number("tau"));
      sum = sum == null ? loss : sum.add(loss);
    }
    return Answer.loss(sum.mul(Constants.of(sum, question.number("loss_weight"))));
  }
}
