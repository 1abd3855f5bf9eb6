package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.loss.AttentionTransferLoss;
import dev.lectern.trainer.loss.IntraClassVariationLoss;
import dev.lectern.trainer.loss.LocalAffinityLoss;
import dev.lectern.trainer.loss.PairWiseDistillationLoss;
import dev.lectern.trainer.loss.PixelWiseDistillationLoss;
import dev.lectern.trainer.loss.Variant;
import java.util.Locale;
import java.util.Map;

/** Distillation between positions of a map: pixels, attention, affinity, pairs, class variation. */
final class RelationCases {
  private RelationCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "pixelwise", RelationCases::pixelWise,
        "pixelwise_ce", RelationCases::pixelWiseCrossEntropy,
        "attention_transfer", RelationCases::attention,
        "local_affinity", RelationCases::affinity,
        "pairwise", RelationCases::pairWise,
        "ifvd", RelationCases::classVariation);
  }

  private static CaseResult pixelWise(GoldenCase golden) {
    PixelWiseDistillationLoss.Reduction reduction =
        golden.hasSetting("reduction")
            ? PixelWiseDistillationLoss.Reduction.MEAN
            : PixelWiseDistillationLoss.Reduction.PER_POSITION;
    return CaseResult.loss(
        PixelWiseDistillationLoss.loss(
            golden.tensor("student"), golden.tensor("teacher"), golden.number("tau"), reduction));
  }

  private static CaseResult pixelWiseCrossEntropy(GoldenCase golden) {
    return CaseResult.loss(
        PixelWiseDistillationLoss.crossEntropy(golden.tensor("student"), golden.tensor("teacher")));
  }

  private static CaseResult attention(GoldenCase golden) {
    return CaseResult.loss(
        AttentionTransferLoss.loss(
            golden.tensor("student"),
            golden.tensor("teacher"),
            golden.variant().equals("paper") ? Variant.PAPER : Variant.OFFICIAL));
  }

  private static CaseResult affinity(GoldenCase golden) {
    return CaseResult.loss(
        LocalAffinityLoss.loss(
            golden.tensor("student"),
            golden.tensor("teacher"),
            LocalAffinityLoss.Mode.valueOf(golden.text("mode").toUpperCase(Locale.ROOT))));
  }

  private static CaseResult pairWise(GoldenCase golden) {
    NDArray student = golden.tensor("student");
    NDArray teacher = golden.tensor("teacher");
    return CaseResult.loss(
        golden.hasSetting("pool_scale")
            ? PairWiseDistillationLoss.official(student, teacher, golden.number("pool_scale"))
            : PairWiseDistillationLoss.paper(student, teacher));
  }

  private static CaseResult classVariation(GoldenCase golden) {
    long[] map = golden.shape("student");
    long[] given = golden.shape("label");
    int[] labels = golden.ints("label");
    int[] sampled = new int[(int) (map[0] * map[2] * map[3])];
    int at = 0;
    for (long n = 0; n < map[0]; n++) {
      for (long y = 0; y < map[2]; y++) {
        for (long x = 0; x < map[3]; x++) {
          long row = y * given[1] / map[2];
          long column = x * given[2] / map[3];
          sampled[at++] = labels[(int) ((n * given[1] + row) * given[2] + column)];
        }
      }
    }
    return CaseResult.loss(
        IntraClassVariationLoss.loss(
            golden.tensor("student"),
            golden.tensor("teacher"),
            sampled,
            golden.integer("num_classes")));
  }
}
