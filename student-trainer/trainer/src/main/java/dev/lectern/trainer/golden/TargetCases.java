package dev.lectern.trainer.golden;

import dev.lectern.trainer.target.Assignment;
import dev.lectern.trainer.target.AtssAssigner;
import dev.lectern.trainer.target.ImitationRegion;
import dev.lectern.trainer.target.ValuableRegion;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** Assignment and regions. */
final class TargetCases {
  private TargetCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of("assign_atss", TargetCases::atss, "ld_vlr", TargetCases::valuableAsPrinted);
  }

  private static Answer atss(GoldenCase question) {
    int[] labels = question.ints("labels");
    Assignment assignment = assign(question);
    int[] objects = assignment.objects();
    // Without any box the reference leaves zeros where it else writes -1.
    float[] overlaps = labels.length == 0 ? new float[objects.length] : assignment.overlaps();
    float[] vlr =
        ValuableRegion.official(
            question.floats("anchors"),
            question.floats("gt"),
            assignment.thresholds(),
            question.number("gamma"));
    return new Answer()
        .longs("assigned_gt", Arrays.stream(objects).mapToLong(g -> g + 1))
        .longs("assigned_label", Arrays.stream(objects).mapToLong(g -> g < 0 ? -1 : labels[g]))
        .floats("max_overlaps", overlaps)
        .floats("vlr_weight", vlr);
  }

  private static Answer valuableAsPrinted(GoldenCase question) {
    Assignment assignment = assign(question);
    float[] region =
        ValuableRegion.paper(
            question.floats("anchors"),
            question.floats("gt"),
            assignment.thresholds(),
            question.number("gamma"));
    return new Answer()
        .flags("vlr_mask", positive(region))
        .floats("alpha_pos", assignment.thresholds())
        .flags("main_mask", ImitationRegion.main(assignment))
        .flags("vlr_mask_minus_main", positive(ValuableRegion.withoutMain(region, assignment)));
  }

  private static Assignment assign(GoldenCase question) {
    return new AtssAssigner(question.integer("topk"))
        .assign(
            question.floats("anchors"), question.integers("level_counts"), question.floats("gt"));
  }

  private static boolean[] positive(float[] weights) {
    boolean[] flags = new boolean[weights.length];
    IntStream.range(0, weights.length).forEach(i -> flags[i] = weights[i] > 0);
    return flags;
  }
}
