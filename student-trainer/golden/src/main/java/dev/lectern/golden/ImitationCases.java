package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import dev.lectern.detector.box.BoxIntegral;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.region.InsideBox;
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

  private static CaseResult masked(GoldenCase golden) {
    NDArray loss =
        FeatureImitationLoss.loss(
            golden.tensor("student"), golden.tensor("teacher"), flags(golden, "mask"));
    return CaseResult.loss(loss.mul(Constants.of(loss, golden.number("loss_weight"))));
  }

  private static CaseResult fitNets(GoldenCase golden) {
    if (!golden.has("p_conv_weight")) {
      return masked(golden);
    }
    NDArray regressed = regressed(golden);
    NDArray normal =
        BatchNormalization.normalize(
            regressed, golden.tensor("p_bn_weight"), golden.tensor("p_bn_bias"));
    NDArray loss = FeatureSquaredLoss.mean(Activation.relu(normal), golden.tensor("teacher"));
    return CaseResult.loss(loss.mul(Constants.of(loss, golden.number("loss_weight"))));
  }

  /** The hint's regressor: it brings the student's map to the teacher's size and channels. */
  private static NDArray regressed(GoldenCase golden) {
    NDArray student = golden.tensor("student");
    NDArray weight = golden.tensor("p_conv_weight");
    NDArray bias = golden.tensor("p_conv_bias");
    long ours = student.getShape().get(2);
    long theirs = golden.shape("teacher")[2];
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

  private static CaseResult insideBox(GoldenCase golden) {
    return golden.has("mask")
        ? masked(golden)
        : new CaseResult()
            .flags("mask", InsideBox.of(golden.floats("anchors"), golden.floats("gt")));
  }

  private static CaseResult fineGrained(GoldenCase golden) {
    if (golden.has("mask")) {
      return masked(golden);
    }
    if (golden.has("anchors_l0")) {
      return fineGrainedPyramid(golden);
    }
    if (golden.has("student")) {
      return fineGrainedAsPublished(golden);
    }
    return new CaseResult()
        .flags(
            "mask",
            ImitationRegion.fineGrained(
                golden.floats("anchors"), golden.floats("gt"), golden.number("thr")));
  }

  private static CaseResult fineGrainedAsPublished(GoldenCase golden) {
    NDArray student =
        Activation.relu(Adapters.convolved(golden, golden.tensor("student"), "adapt_w", "adapt_b"));
    int images = (int) golden.shape("gt")[0];
    int rows = (int) golden.shape("gt")[1];
    boolean[] cells = new boolean[0];
    for (int n = 0; n < images; n++) {
      cells =
          concat(
              cells,
              ImitationRegion.fineGrainedCells(
                  golden.floats("anchors"),
                  golden.integer("anchors_per_cell"),
                  realBoxes(golden.floats("gt"), n * rows, rows),
                  golden.number("phi"),
                  Widths.WHOLE_PIXELS));
    }
    NDArray loss =
        FineGrainedImitationLoss.loss(student, golden.tensor("teacher"), cells)
            .mul(Constants.of(student, golden.number("loss_weight")));
    return CaseResult.loss(loss).flags("mask", cells);
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

  private static CaseResult fineGrainedPyramid(GoldenCase golden) {
    int levels = golden.integers("strides").length;
    CaseResult result = new CaseResult();
    for (int l = 0; l < levels; l++) {
      boolean[] cells = new boolean[0];
      for (int n = 0; golden.has("gt_img" + n); n++) {
        cells =
            concat(
                cells,
                ImitationRegion.fineGrainedCells(
                    golden.floats("anchors_l" + l),
                    golden.integer("anchors_per_cell"),
                    ForegroundMask.boxesOf(l, golden.floats("gt_img" + n), levels),
                    golden.number("phi"),
                    Widths.CONTINUOUS));
      }
      result.flags("mask_l" + l, cells);
    }
    return result;
  }

  private static CaseResult generalInstances(GoldenCase golden) {
    int bins = golden.integer("reg_max") + 1;
    double stride = golden.number("stride");
    float[] anchors = golden.floats("anchors");
    float[] centres = new float[anchors.length / 2];
    for (int i = 0; i < centres.length; i++) {
      int corner = i / 2 * 4 + i % 2;
      centres[i] = (float) (((double) anchors[corner] + anchors[corner + 2]) / 2 / stride);
    }
    int[] chosen =
        GeneralInstances.select(
            golden.floats("teacher_cls"),
            golden.floats("student_cls"),
            boxes(golden, "teacher_box", bins, centres),
            boxes(golden, "student_box", bins, centres),
            golden.number("nms_iou"),
            golden.integer("topk"));
    return new CaseResult().longs("gi_index", Arrays.stream(chosen).asLongStream());
  }

  private static float[] boxes(GoldenCase golden, String name, int bins, float[] centres) {
    return BoxIntegral.boxes(BoxIntegral.distances(golden.tensor(name), bins), centres)
        .toFloatArray();
  }

  private static CaseResult foreground(GoldenCase golden) {
    int[] strides = golden.integers("strides");
    List<LevelGrid> grids = new ArrayList<>();
    for (int l = 0; l < strides.length; l++) {
      grids.add(
          new LevelGrid(
              strides[l],
              golden.setting("level_sizes_hw").get(l).get(0).asInt(),
              golden.setting("level_sizes_hw").get(l).get(1).asInt()));
    }
    boolean[][] masks = new boolean[strides.length][0];
    for (int n = 0; golden.has("gt_img" + n); n++) {
      boolean[][] cells = ForegroundMask.cells(grids, golden.floats("gt_img" + n));
      for (int l = 0; l < masks.length; l++) {
        masks[l] = concat(masks[l], cells[l]);
      }
    }
    CaseResult result = new CaseResult();
    IntStream.range(0, masks.length).forEach(l -> result.flags("mask_l" + l, masks[l]));
    return result;
  }

  private static CaseResult decoupled(GoldenCase golden) {
    if (golden.has("mask")) {
      DecoupledFeatureLoss.Parts parts =
          DecoupledFeatureLoss.features(
              golden.tensor("student"), golden.tensor("teacher"), flags(golden, "mask"));
      NDArray sum =
          parts.foreground().add(Constants.times(parts.background(), golden.number("bg_factor")));
      // the compared form has no half
      return CaseResult.loss(Constants.times(sum, 2 * golden.number("loss_weight")));
    }
    NDArray foreground = null;
    NDArray background = null;
    int levels = 0;
    for (; golden.has("student_l" + levels); levels++) {
      NDArray student =
          Adapters.convolved(
              golden,
              golden.tensor("student_l" + levels),
              "adapt_w_l" + levels,
              "adapt_b_l" + levels);
      DecoupledFeatureLoss.Parts parts =
          DecoupledFeatureLoss.features(
              student, golden.tensor("teacher_l" + levels), flags(golden, "mask_l" + levels));
      foreground = foreground == null ? parts.foreground() : foreground.add(parts.foreground());
      background = background == null ? parts.background() : background.add(parts.background());
    }
    foreground = foreground.mul(Constants.of(foreground, (golden.number("hint_neck_w") / levels)));
    background =
        background.mul(Constants.of(background, (golden.number("hint_neck_back_w") / levels)));
    CaseResult result =
        new CaseResult()
            .scalar("loss_losskd_neck", foreground)
            .scalar("loss_losskd_neck_back", background);
    NDArray loss = foreground.add(background);
    return result.scalar("loss", golden.has("cls_student") ? loss.add(head(golden, result)) : loss);
  }

  private static NDArray head(GoldenCase golden, CaseResult result) {
    int[] labels = golden.ints("labels");
    int background = Arrays.stream(labels).max().orElse(0); // as the public code takes it
    boolean[] objects = new boolean[labels.length];
    IntStream.range(0, labels.length).forEach(i -> objects[i] = labels[i] < background);
    DecoupledFeatureLoss.Parts parts =
        DecoupledFeatureLoss.classes(
            golden.tensor("cls_student"),
            golden.tensor("cls_teacher"),
            objects,
            golden.number("head_cls_T"));
    NDArray onObjects =
        parts.foreground().mul(Constants.of(parts.foreground(), golden.number("head_cls_w")));
    NDArray onBackground =
        parts.background().mul(Constants.of(parts.background(), golden.number("head_cls_back_w")));
    result.scalar("loss_losskd_hcls", onObjects).scalar("loss_losskd_hcls_back", onBackground);
    return onObjects.add(onBackground);
  }

  private static boolean[] flags(GoldenCase golden, String name) {
    int[] values = golden.ints(name);
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
