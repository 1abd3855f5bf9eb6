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

  private static Answer pixelWise(GoldenCase question) {
    PixelWiseDistillationLoss.Reduction reduction =
        question.hasSetting("reduction")
            ? PixelWiseDistillationLoss.Reduction.MEAN
            : PixelWiseDistillationLoss.Reduction.PER_POSITION;
    return Answer.loss(
        PixelWiseDistillationLoss.loss(
            question.tensor("student"),
            question.tensor("teacher"),
            question.number("tau"),
            reduction));
  }

  private static Answer pixelWiseCrossEntropy(GoldenCase question) {
    return Answer.loss(
        PixelWiseDistillationLoss.crossEntropy(
            question.tensor("student"), question.tensor("teacher")));
  }

  private static Answer attention(GoldenCase question) {
    return Answer.loss(
        AttentionTransferLoss.loss(
            question.tensor("student"),
            question.tensor("teacher"),
            question.variant().equals("paper") ? Variant.PAPER : Variant.OFFICIAL));
  }

  private static Answer affinity(GoldenCase question) {
    return Answer.loss(
        LocalAffinityLoss.loss(
            question.tensor("student"),
            question.tensor("teacher"),
            LocalAffinityLoss.Mode.valueOf(question.text("mode").toUpperCase(Locale.ROOT))));
  }

  private static Answer pairWise(GoldenCase question) {
    NDArray student = question.tensor("student");
    NDArray teacher = question.tensor("teacher");
    return Answer.loss(
        question.hasSetting("pool_scale")
            ? PairWiseDistillationLoss.official(student, teacher, question.number("pool_scale"))
            : PairWiseDistillationLoss.paper(student, teacher));
  }

  private static Answer classVariation(GoldenCase question) {
    long[] map = question.shape("student");
    long[] given = question.shape("label");
    int[] labels = question.ints("label");
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
    return Answer.loss(
        IntraClassVariationLoss.loss(
            question.tensor("student"),
            question.tensor("teacher"),
            sampled,
            question.integer("num_classes")));
  }
}
