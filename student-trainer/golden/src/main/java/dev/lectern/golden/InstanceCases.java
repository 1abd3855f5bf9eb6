package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.CandidateBoxes;
import dev.lectern.trainer.assign.GeneralInstances;
import dev.lectern.trainer.assign.GeneralInstances.Chosen;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.GeneralInstanceLoss;
import dev.lectern.trainer.loss.GeneralInstanceLoss.Comparison;
import dev.lectern.trainer.loss.RoiAlign;
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

  private static Answer roiAlign(GoldenCase question) {
    NDArray pooled = pooled(question, question.tensor("feature"), "output_size");
    return Answer.loss(pooled.mul(question.tensor("probe")).sum()).floats("pooled", pooled);
  }

  private static Answer mimic(GoldenCase question) {
    NDArray adapted =
        Adapters.convolved(question, question.tensor("student"), "align_w", "align_b");
    NDArray loss =
        RoiMimicLoss.loss(
            pooled(question, adapted, "roi_size"),
            pooled(question, question.tensor("teacher"), "roi_size"));
    return Answer.loss(loss.mul(Constants.of(loss, question.number("loss_weight"))));
  }

  private static NDArray pooled(GoldenCase question, NDArray map, String size) {
    return RoiAlign.pool(
        map,
        question.floats("rois"),
        question.integer(size),
        question.number("spatial_scale"),
        question.integer("sampling_ratio"));
  }

  private static Answer select(GoldenCase question) {
    if (question.variant().equals("paper")) {
      Chosen chosen =
          GeneralInstances.asPrinted(
              question.floats("teacher_cls"),
              question.floats("student_cls"),
              CandidateBoxes.of(question.floats("teacher_box"), question.floats("student_box")),
              question.number("nms_iou"),
              question.integer("topk"));
      return new Answer()
          .longs("gi_index", Arrays.stream(chosen.rows()).asLongStream())
          .floats("gi_score", chosen.scores())
          .floats("gi_box", chosen.boxes());
    }
    int images = (int) question.shape("teacher_cls")[0];
    double[] size = question.numbers("image_hw");
    GeneralInstances.Filter filter =
        new GeneralInstances.Filter(
            question.integer("pre_nms_topk"),
            question.number("min_box_side"),
            question.number("nms_iou"),
            question.integer("post_nms_topk"));
    Answer answer = new Answer();
    for (int n = 0; n < images; n++) {
      Chosen chosen =
          GeneralInstances.reproduced(
              part(question, "teacher_cls", n, images),
              part(question, "student_cls", n, images),
              CandidateBoxes.of(
                  part(question, "teacher_box", n, images),
                  part(question, "student_box", n, images)),
              size[1],
              size[0],
              filter);
      answer.floats("gi_box_img" + n, chosen.boxes());
      answer.floats("gi_score_img" + n, chosen.scores());
    }
    return answer;
  }

  private static float[] part(GoldenCase question, String name, int image, int images) {
    float[] values = question.floats(name);
    int length = values.length / images;
    return Arrays.copyOfRange(values, image * length, (image + 1) * length);
  }

  private static Answer features(GoldenCase question) {
    NDArray student = question.tensor("student");
    NDArray teacher = question.tensor("teacher");
    return Answer.loss(
        question.variant().equals("paper")
            ? GeneralInstanceLoss.featuresAsPrinted(student, teacher)
            : GeneralInstanceLoss.features(student, teacher, comparison(question)));
  }

  private static Answer relations(GoldenCase question) {
    return Answer.loss(
        GeneralInstanceLoss.relations(
            question.tensor("student"),
            question.tensor("teacher"),
            Comparison.smoothL1(question.number("smooth_l1_beta")),
            question.variant().equals("paper") ? Variant.PAPER : Variant.OFFICIAL));
  }

  private static Answer responses(GoldenCase question) {
    int[] mask = question.ints("mask");
    boolean[] flags = new boolean[mask.length];
    IntStream.range(0, mask.length).forEach(i -> flags[i] = mask[i] != 0);
    return Answer.loss(
        GeneralInstanceLoss.responses(
            question.tensor("student"), question.tensor("teacher"), flags, comparison(question)));
  }

  private static Comparison comparison(GoldenCase question) {
    return switch (question.text("mode")) {
      case "L1" -> Comparison.smoothL1(question.number("smooth_l1_beta"));
      case "L2" -> Comparison.L2;
      case "BCE" -> Comparison.CROSS_ENTROPY;
      default -> throw new IllegalArgumentException("unknown mode " + question.text("mode"));
    };
  }
}
