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

  private static CaseResult divergence(GoldenCase golden) {
    NDArray loss =
        ChannelWiseDistillationLoss.loss(
            golden.tensor("student"), golden.tensor("teacher"), golden.number("tau"));
    double weight = golden.hasSetting("loss_weight") ? golden.number("loss_weight") : 1;
    return CaseResult.loss(loss.mul(Constants.of(loss, weight)));
  }

  private static CaseResult crossEntropy(GoldenCase golden) {
    NDArray student = golden.tensor("student");
    NDArray loss =
        ChannelWiseCrossEntropyLoss.loss(
            Adapters.convolved(golden, student, "align_w", "align_b"),
            golden.tensor("teacher"),
            golden.number("tau"),
            student.getShape().get(1));
    return CaseResult.loss(loss.mul(Constants.of(loss, golden.number("loss_weight"))));
  }

  private static CaseResult bhattacharyya(GoldenCase golden) {
    return CaseResult.loss(
        ChannelBhattacharyyaLoss.loss(
            golden.tensor("student"), golden.tensor("teacher"), golden.number("tau")));
  }

  private static CaseResult squaredMaps(GoldenCase golden) {
    return CaseResult.loss(
        ChannelMapSquaredLoss.loss(golden.tensor("student"), golden.tensor("teacher")));
  }

  private static CaseResult squaredFeatures(GoldenCase golden) {
    return CaseResult.loss(
        FeatureSquaredLoss.perPosition(golden.tensor("student"), golden.tensor("teacher")));
  }

  private static CaseResult normalized(GoldenCase golden) {
    NDArray sum = null;
    for (int l = 0; golden.has("student_l" + l); l++) {
      NDArray student =
          Adapters.convolved(
              golden, golden.tensor("student_l" + l), "align_w_l" + l, "align_b_l" + l);
      NDArray loss =
          NormalizedChannelWiseLoss.loss(
              student, golden.tensor("teacher_l" + l), golden.number("tau"));
      sum = sum == null ? loss : sum.add(loss);
    }
    return CaseResult.loss(sum.mul(Constants.of(sum, golden.number("loss_weight"))));
  }
}
