package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import dev.lectern.detector.box.BoxIntegral;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.trainer.assign.ForegroundMask;
import dev.lectern.trainer.assign.GeneralInstances;
import dev.lectern.trainer.assign.ImitationRegion;
import dev.lectern.trainer.assign.ImitationRegion.Widths;
import dev.lectern.trainer.distil.network.TransposedConvolution;
import dev.lectern.trainer.loss.BatchNormalization;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.DecoupledFeatureLoss;
import dev.lectern.trainer.loss.FeatureImitationLoss;
import dev.lectern.trainer.loss.FeatureSquaredLoss;
import dev.lectern.trainer.loss.FineGrainedImitationLoss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Imitation of features in a region, and the regions. */
final class ImitationCases {
  private ImitationCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "fitnets", ImitationCases::fitNets,
        "main_region", ImitationCases::masked,
        "inside_gt", ImitationCases::insideBox,
        "finegrained", ImitationCases::fineGrained,
        "gi_imitation_ld", ImitationCases::generalInstances,
        "defeat_mask", ImitationCases::foreground,
        "defeat", ImitationCases::decoupled);
  }

  private static Answer masked(GoldenCase question) {
    NDArray loss =
        FeatureImitationLoss.loss(
            question.tensor("student"), question.tensor("teacher"), flags(question, "mask"));
    return Answer.loss(loss.mul(Constants.of(loss, question.number("loss_weight"))));
  }

  private static Answer fitNets(GoldenCase question) {
    if (!question.has("p_conv_weight")) {
      return masked(question);
    }
    NDArray regressed = regressed(question);
    NDArray normal =
        BatchNormalization.normalize(
            regressed, question.tensor("p_bn_weight"), question.tensor("p_bn_bias"));
    NDArray loss = FeatureSquaredLoss.mean(Activation.relu(normal), question.tensor("teacher"));
    return Answer.loss(loss.mul(Constants.of(loss, question.number("loss_weight"))));
  }

  /** The hint's regressor: it brings the student's map to the teacher's size and channels. */
  private static NDArray regressed(GoldenCase question) {
    NDArray student = question.tensor("student");
    NDArray weight = question.tensor("p_conv_weight");
    NDArray bias = question.tensor("p_conv_bias");
    long ours = student.getShape().get(2);
    long theirs = question.shape("teacher")[2];
    Shape two = new Shape(2, 2);
    Shape one = new Shape(1, 1);
    if (2 * ours == theirs) {
      return TransposedConvolution.doubled(student, weight, bias);
    }
    if (ours == 2 * theirs) {
      return Conv2d.conv2d(student, weight, bias, two, one).singletonOrThrow();
    }
    return Conv2d.conv2d(student, weight, bias).singletonOrThrow();
  }

  private static Answer insideBox(GoldenCase question) {
    return question.has("mask")
        ? masked(question)
        : new Answer()
            .flags(
                "mask",
                ImitationRegion.insideBox(question.floats("anchors"), question.floats("gt")));
  }

  private static Answer fineGrained(GoldenCase question) {
    if (question.has("mask")) {
      return masked(question);
    }
    if (question.has("anchors_l0")) {
      return fineGrainedPyramid(question);
    }
    if (question.has("student")) {
      return fineGrainedAsPublished(question);
    }
    return new Answer()
        .flags(
            "mask",
            ImitationRegion.fineGrained(
                question.floats("anchors"), question.floats("gt"), question.number("thr")));
  }

  private static Answer fineGrainedAsPublished(GoldenCase question) {
    NDArray student =
        Activation.relu(
            Adapters.convolved(question, question.tensor("student"), "adapt_w", "adapt_b"));
    int images = (int) question.shape("gt")[0];
    int rows = (int) question.shape("gt")[1];
    boolean[] cells = new boolean[0];
    for (int n = 0; n < images; n++) {
      cells =
          concat(
              cells,
              ImitationRegion.fineGrainedCells(
                  question.floats("anchors"),
                  question.integer("anchors_per_cell"),
                  realBoxes(question.floats("gt"), n * rows, rows),
                  question.number("phi"),
                  Widths.WHOLE_PIXELS));
    }
    NDArray loss =
        FineGrainedImitationLoss.loss(student, question.tensor("teacher"), cells)
            .mul(Constants.of(student, question.number("loss_weight")));
    return Answer.loss(loss).flags("mask", cells);
  }

  /** The boxes of rows (x1, y1, x2, y2, class) that are not padding. */
  private static float[] realBoxes(float[] rows, int from, int count) {
    float[] boxes = new float[4 * count];
    int size = 0;
    for (int i = from; i < from + count; i++) {
      if (rows[5 * i + 2] > rows[5 * i] || rows[5 * i + 3] > rows[5 * i + 1]) {
        System.arraycopy(rows, 5 * i, boxes, size, 4);
        size += 4;
      }
    }
    return Arrays.copyOf(boxes, size);
  }

  private static Answer fineGrainedPyramid(GoldenCase question) {
    int levels = question.integers("strides").length;
    Answer answer = new Answer();
    for (int l = 0; l < levels; l++) {
      boolean[] cells = new boolean[0];
      for (int n = 0; question.has("gt_img" + n); n++) {
        cells =
            concat(
                cells,
                ImitationRegion.fineGrainedCells(
                    question.floats("anchors_l" + l),
                    question.integer("anchors_per_cell"),
                    ForegroundMask.boxesOf(l, question.floats("gt_img" + n), levels),
                    question.number("phi"),
                    Widths.CONTINUOUS));
      }
      answer.flags("mask_l" + l, cells);
    }
    return answer;
  }

  private static Answer generalInstances(GoldenCase question) {
    int bins = question.integer("reg_max") + 1;
    double stride = question.number("stride");
    float[] anchors = question.floats("anchors");
    float[] centres = new float[anchors.length / 2];
    for (int i = 0; i < centres.length; i++) {
      int corner = i / 2 * 4 + i % 2;
      centres[i] = (float) (((double) anchors[corner] + anchors[corner + 2]) / 2 / stride);
    }
    int[] chosen =
        GeneralInstances.select(
            question.floats("teacher_cls"),
            question.floats("student_cls"),
            boxes(question, "teacher_box", bins, centres),
            boxes(question, "student_box", bins, centres),
            question.number("nms_iou"),
            question.integer("topk"));
    return new Answer().longs("gi_index", Arrays.stream(chosen).asLongStream());
  }

  private static float[] boxes(GoldenCase question, String name, int bins, float[] centres) {
    return BoxIntegral.boxes(BoxIntegral.distances(question.tensor(name), bins), centres)
        .toFloatArray();
  }

  private static Answer foreground(GoldenCase question) {
    int[] strides = question.integers("strides");
    List<LevelGrid> grids = new ArrayList<>();
    for (int l = 0; l < strides.length; l++) {
      grids.add(
          new LevelGrid(
              strides[l],
              question.setting("level_sizes_hw").get(l).get(0).asInt(),
              question.setting("level_sizes_hw").get(l).get(1).asInt()));
    }
    boolean[][] masks = new boolean[strides.length][0];
    for (int n = 0; question.has("gt_img" + n); n++) {
      boolean[][] cells = ForegroundMask.cells(grids, question.floats("gt_img" + n));
      for (int l = 0; l < masks.length; l++) {
        masks[l] = concat(masks[l], cells[l]);
      }
    }
    Answer answer = new Answer();
    IntStream.range(0, masks.length).forEach(l -> answer.flags("mask_l" + l, masks[l]));
    return answer;
  }

  private static Answer decoupled(GoldenCase question) {
    if (question.has("mask")) {
      DecoupledFeatureLoss.Parts parts =
          DecoupledFeatureLoss.features(
              question.tensor("student"), question.tensor("teacher"), flags(question, "mask"));
      NDArray sum =
          parts.foreground().add(Constants.times(parts.background(), question.number("bg_factor")));
      // the compared form has no half
      return Answer.loss(Constants.times(sum, 2 * question.number("loss_weight")));
    }
    NDArray foreground = null;
    NDArray background = null;
    int levels = 0;
    for (; question.has("student_l" + levels); levels++) {
      NDArray student =
          Adapters.convolved(
              question,
              question.tensor("student_l" + levels),
              "adapt_w_l" + levels,
              "adapt_b_l" + levels);
      DecoupledFeatureLoss.Parts parts =
          DecoupledFeatureLoss.features(
              student, question.tensor("teacher_l" + levels), flags(question, "mask_l" + levels));
      foreground = foreground == null ? parts.foreground() : foreground.add(parts.foreground());
      background = background == null ? parts.background() : background.add(parts.background());
    }
    foreground =
        foreground.mul(Constants.of(foreground, (question.number("hint_neck_w") / levels)));
    background =
        background.mul(Constants.of(background, (question.number("hint_neck_back_w") / levels)));
    Answer answer =
        new Answer()
            .scalar("loss_losskd_neck", foreground)
            .scalar("loss_losskd_neck_back", background);
    NDArray loss = foreground.add(background);
    return answer.scalar(
        "loss", question.has("cls_student") ? loss.add(head(question, answer)) : loss);
  }

  private static NDArray head(GoldenCase question, Answer answer) {
    int[] labels = question.ints("labels");
    int background = Arrays.stream(labels).max().orElse(0); // as the public code takes it
    boolean[] objects = new boolean[labels.length];
    IntStream.range(0, labels.length).forEach(i -> objects[i] = labels[i] < background);
    DecoupledFeatureLoss.Parts parts =
        DecoupledFeatureLoss.classes(
            question.tensor("cls_student"),
            question.tensor("cls_teacher"),
            objects,
            question.number("head_cls_T"));
    NDArray onObjects =
        parts.foreground().mul(Constants.of(parts.foreground(), question.number("head_cls_w")));
    NDArray onBackground =
        parts
            .background()
            .mul(Constants.of(parts.background(), question.number("head_cls_back_w")));
    answer.scalar("loss_losskd_hcls", onObjects).scalar("loss_losskd_hcls_back", onBackground);
    return onObjects.add(onBackground);
  }

  private static boolean[] flags(GoldenCase question, String name) {
    int[] values = question.ints(name);
    boolean[] flags = new boolean[values.length];
    IntStream.range(0, values.length).forEach(i -> flags[i] = values[i] != 0);
    return flags;
  }

  private static boolean[] concat(boolean[] head, boolean[] tail) {
    boolean[] both = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, both, head.length, tail.length);
    return both;
  }
}
