package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.RoiAlign;
import dev.lectern.trainer.assign.CandidateBoxes;
import dev.lectern.trainer.assign.GeneralInstances;
import dev.lectern.trainer.assign.GeneralInstances.Chosen;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.GeneralInstanceLoss;
import dev.lectern.trainer.loss.GeneralInstanceLoss.Comparison;
import dev.lectern.trainer.loss.RoiMimicLoss;
import dev.lectern.trainer.loss.Variant;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** Distillation of boxes' features: general instances and proposals. */
final class InstanceCases {
  private InstanceCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "roi_align", InstanceCases::roiAlign,
        "mimic", InstanceCases::mimic,
        "gid_select", InstanceCases::select,
        "gid_feature", InstanceCases::features,
        "gid_relation", InstanceCases::relations,
        "gid_response", InstanceCases::responses);
  }

  private static CaseResult roiAlign(GoldenCase golden) {
    NDArray pooled = pooled(golden, golden.tensor("feature"), "output_size");
    return CaseResult.loss(pooled.mul(golden.tensor("probe")).sum()).floats("pooled", pooled);
  }

  private static CaseResult mimic(GoldenCase golden) {
    NDArray adapted = Adapters.convolved(golden, golden.tensor("student"), "align_w", "align_b");
    NDArray loss =
        RoiMimicLoss.loss(
            pooled(golden, adapted, "roi_size"),
            pooled(golden, golden.tensor("teacher"), "roi_size"));
    return CaseResult.loss(loss.mul(Constants.of(loss, golden.number("loss_weight"))));
  }

  private static NDArray pooled(GoldenCase golden, NDArray map, String size) {
    return RoiAlign.pool(
        map,
        golden.floats("rois"),
        golden.integer(size),
        golden.number("spatial_scale"),
        golden.integer("sampling_ratio"));
  }

  private static CaseResult select(GoldenCase golden) {
    if (golden.variant().equals("paper")) {
      Chosen chosen =
          GeneralInstances.asPrinted(
              golden.floats("teacher_cls"),
              golden.floats("student_cls"),
              CandidateBoxes.of(golden.floats("teacher_box"), golden.floats("student_box")),
              golden.number("nms_iou"),
              golden.integer("topk"));
      return new CaseResult()
          .longs("gi_index", Arrays.stream(chosen.rows()).asLongStream())
          .floats("gi_score", chosen.scores())
          .floats("gi_box", chosen.boxes());
    }
    int images = (int) golden.shape("teacher_cls")[0];
    double[] size = golden.numbers("image_hw");
    GeneralInstances.Filter filter =
        new GeneralInstances.Filter(
            golden.integer("pre_nms_topk"),
            golden.number("min_box_side"),
            golden.number("nms_iou"),
            golden.integer("post_nms_topk"));
    CaseResult result = new CaseResult();
    for (int n = 0; n < images; n++) {
      Chosen chosen =
          GeneralInstances.reproduced(
              part(golden, "teacher_cls", n, images),
              part(golden, "student_cls", n, images),
              CandidateBoxes.of(
                  part(golden, "teacher_box", n, images), part(golden, "student_box", n, images)),
              size[1],
              size[0],
              filter);
      result.floats("gi_box_img" + n, chosen.boxes());
      result.floats("gi_score_img" + n, chosen.scores());
    }
    return result;
  }

  private static float[] part(GoldenCase golden, String name, int image, int images) {
    float[] values = golden.floats(name);
    int length = values.length / images;
    return Arrays.copyOfRange(values, image * length, (image + 1) * length);
  }

  private static CaseResult features(GoldenCase golden) {
    NDArray student = golden.tensor("student");
    NDArray teacher = golden.tensor("teacher");
    return CaseResult.loss(
        golden.variant().equals("paper")
            ? GeneralInstanceLoss.featuresAsPrinted(student, teacher)
            : GeneralInstanceLoss.features(student, teacher, comparison(golden)));
  }

  private static CaseResult relations(GoldenCase golden) {
    return CaseResult.loss(
        GeneralInstanceLoss.relations(
            golden.tensor("student"),
            golden.tensor("teacher"),
            Comparison.smoothL1(golden.number("smooth_l1_beta")),
            golden.variant().equals("paper") ? Variant.PAPER : Variant.OFFICIAL));
  }

  private static CaseResult responses(GoldenCase golden) {
    int[] mask = golden.ints("mask");
    boolean[] flags = new boolean[mask.length];
    IntStream.range(0, mask.length).forEach(i -> flags[i] = mask[i] != 0);
    return CaseResult.loss(
        GeneralInstanceLoss.responses(
            golden.tensor("student"), golden.tensor("teacher"), flags, comparison(golden)));
  }

  private static Comparison comparison(GoldenCase golden) {
    return switch (golden.text("mode")) {
      case "L1" -> Comparison.smoothL1(golden.number("smooth_l1_beta"));
      case "L2" -> Comparison.L2;
      case "BCE" -> Comparison.CROSS_ENTROPY;
      default -> throw new IllegalArgumentException("unknown mode " + golden.text("mode"));
    };
  }
}
