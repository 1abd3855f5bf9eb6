package dev.lectern.trainer.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.ChannelWiseDistillationLoss;
import java.util.Map;

/** Channel-wise distillation of maps. */
final class ChannelWiseCases {
  private ChannelWiseCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of("cwd", ChannelWiseCases::divergence, "cwd_logits", ChannelWiseCases::divergence);
  }

  private static Answer divergence(GoldenCase question) {
    NDArray loss =
        ChannelWiseDistillationLoss.loss(
            question.tensor("student"), question.tensor("teacher"), question.number("tau"));
    double weight = question.hasSetting("loss_weight") ? question.number("loss_weight") : 1;
    return Answer.loss(loss.mul((float) weight));
  }
}
