package dev.lectern.golden;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.detector.region.FcosAssigner;
import dev.lectern.detector.region.MaxIouAssigner;
import dev.lectern.detector.region.ValuableRegion;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.ImitationRegion;
import dev.lectern.trainer.assign.TaskAlignedAssigner;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.reppoints.PointAssigner;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Assignment and the valuable region. */
final class TargetCases {
  private TargetCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "assign_atss", TargetCases::atss,
        "assign_max_iou", TargetCases::maxIou,
        "assign_fcos", TargetCases::fcos,
        "assign_point", TargetCases::points,
        "assign_tal", TargetCases::taskAligned,
        "ld_vlr", TargetCases::valuableAsPrinted);
  }

  private static CaseResult atss(GoldenCase golden) {
    int[] labels = golden.ints("labels");
    Assignment assignment = assign(golden);
    int[] objects = assignment.objects();
    // Without any box the reference leaves zeros where it else writes -1.
    float[] overlaps = labels.length == 0 ? new float[objects.length] : assignment.overlaps();
    float[] vlr =
        ValuableRegion.official(
            golden.floats("anchors"),
            golden.floats("gt"),
            assignment.thresholds(),
            golden.number("gamma"));
    return assigned(objects, labels).floats("max_overlaps", overlaps).floats("vlr_weight", vlr);
  }

  private static CaseResult maxIou(GoldenCase golden) {
    MaxIouAssigner assigner =
        new MaxIouAssigner(
            golden.number("pos_iou_thr"),
            golden.number("neg_iou_thr"),
            golden.flag("match_low_quality")
                ? golden.number("min_pos_iou")
                : MaxIouAssigner.NO_LOW_QUALITY);
    int[] objects = assigner.assign(golden.floats("anchors"), golden.floats("gt"));
    return assigned(objects, golden.ints("labels"));
  }

  private static CaseResult points(GoldenCase golden) {
    PointAssigner assigner = new PointAssigner(golden.number("scale"), golden.integer("pos_num"));
    int[] objects = assigner.assign(golden.floats("points"), golden.floats("gt"));
    return assigned(objects, golden.ints("labels"));
  }

  private static CaseResult assigned(int[] objects, int[] labels) {
    return new CaseResult()
        .longs("assigned_gt", Arrays.stream(objects).mapToLong(g -> g + 1))
        .longs("assigned_label", Arrays.stream(objects).mapToLong(g -> g < 0 ? -1 : labels[g]));
  }

  private static CaseResult fcos(GoldenCase golden) {
    PriorGrid priors = points(golden, golden.integers("strides"));
    int background = golden.integer("num_classes");
    FcosAssigner assigner = fcosAssigner(golden);
    DenseTargets targets =
        new DenseTargetAssembler(
                priors,
                Assigner.of(priors, boxes -> assigner.assign(priors, boxes), List.of()),
                List.of())
            .assemble(List.of(new GroundTruth(golden.floats("gt"), golden.ints("labels"))));
    long[] labels = new long[priors.positions()];
    Arrays.fill(labels, background);
    float[] distances = new float[4 * labels.length];
    float[] centerness = new float[labels.length];
    int[] positions = targets.positives().rows(); // those of one image
    for (int p = 0; p < positions.length; p++) {
      int i = positions[p];
      labels[i] = targets.labels()[p];
      centerness[i] = targets.centerness()[p];
      for (int e = 0; e < 4; e++) {
        distances[4 * i + e] = targets.distances(Double.MAX_VALUE)[4 * p + e] * priors.strideOf(i);
      }
    }
    float[] points = new float[2 * priors.positions()];
    for (int i = 0; i < priors.positions(); i++) {
      points[2 * i] = priors.centreX(i);
      points[2 * i + 1] = priors.centreY(i);
    }
    return new CaseResult()
        .longs("target_label", Arrays.stream(labels))
        .floats("target_ltrb", distances)
        .floats("centerness", centerness)
        .floats("points", points);
  }

  /** The assigner that a case's settings describe. */
  static FcosAssigner fcosAssigner(GoldenCase golden) {
    int levels = golden.integers("strides").length;
    double[] low = new double[levels];
    double[] high = new double[levels];
    for (int l = 0; l < levels; l++) {
      low[l] = golden.setting("regress_ranges").get(l).get(0).asDouble();
      high[l] = golden.setting("regress_ranges").get(l).get(1).asDouble();
    }
    double radius = golden.flag("center_sampling") ? golden.number("center_sample_radius") : 0;
    return new FcosAssigner(low, high, radius);
  }

  private static PriorGrid points(GoldenCase golden, int[] strides) {
    return new PriorGrid(
        IntStream.range(0, strides.length)
            .mapToObj(
                l ->
                    new LevelGrid(
                        strides[l],
                        golden.setting("level_sizes_hw").get(l).get(0).asInt(),
                        golden.setting("level_sizes_hw").get(l).get(1).asInt()))
            .toList(),
        0.5,
        1);
  }

  private static CaseResult taskAligned(GoldenCase golden) {
    TaskAlignedAssigner assigner =
        new TaskAlignedAssigner(
            golden.integer("topk"), golden.number("alpha"), golden.number("beta"));
    int images = (int) golden.shape("scores")[0];
    int positions = (int) golden.shape("scores")[1];
    int classes = (int) golden.shape("scores")[2];
    int[] objects = new int[images * positions];
    long[] labels = new long[objects.length];
    float[] boxes = new float[4 * objects.length];
    float[] scores = new float[objects.length * classes];
    for (int n = 0; n < images; n++) {
      GroundTruth truth = padded(golden, n);
      TaskAlignedAssigner.Targets targets =
          assigner.assign(
              part(golden.floats("scores"), n, images),
              part(golden.floats("boxes"), n, images),
              golden.floats("points"),
              truth);
      for (int i = 0; i < positions; i++) {
        int row = n * positions + i;
        int object = targets.objects()[i];
        objects[row] = object;
        labels[row] = object < 0 ? -1 : truth.labels()[object];
        if (object >= 0) {
          System.arraycopy(truth.boxes(), 4 * object, boxes, 4 * row, 4);
          scores[row * classes + truth.labels()[object]] = targets.scores()[i];
        }
      }
    }
    return new CaseResult()
        .longs("fg_mask", Arrays.stream(objects).mapToLong(g -> g < 0 ? 0 : 1))
        .longs("target_label", LongStream.of(labels))
        .longs("target_gt_index", Arrays.stream(objects).asLongStream())
        .floats("target_boxes", boxes)
        .floats("target_scores", scores);
  }

  /** The boxes of one image; the case pads all images to as many and flags the real ones. */
  private static GroundTruth padded(GoldenCase golden, int image) {
    int images = (int) golden.shape("gt_mask")[0];
    float[] flags = part(golden.floats("gt_mask"), image, images);
    float[] labels = part(golden.floats("gt_labels"), image, images);
    float[] boxes = part(golden.floats("gt_boxes"), image, images);
    int count = 0;
    while (count < flags.length && flags[count] > 0) {
      count++;
    }
    int[] real = new int[count];
    for (int g = 0; g < count; g++) {
      real[g] = (int) labels[g];
    }
    return new GroundTruth(Arrays.copyOf(boxes, 4 * count), real);
  }

  private static float[] part(float[] values, int image, int images) {
    int length = values.length / images;
    return Arrays.copyOfRange(values, image * length, (image + 1) * length);
  }

  private static CaseResult valuableAsPrinted(GoldenCase golden) {
    Assignment assignment = assign(golden);
    float[] region =
        ValuableRegion.paper(
            golden.floats("anchors"),
            golden.floats("gt"),
            assignment.thresholds(),
            golden.number("gamma"));
    return new CaseResult()
        .flags("vlr_mask", positive(region))
        .floats("alpha_pos", assignment.thresholds())
        .flags("main_mask", ImitationRegion.main(assignment))
        .flags("vlr_mask_minus_main", positive(ValuableRegion.withoutMain(region, assignment)));
  }

  private static Assignment assign(GoldenCase golden) {
    return new AtssAssigner(golden.integer("topk"))
        .assign(golden.floats("anchors"), golden.integers("level_counts"), golden.floats("gt"));
  }

  private static boolean[] positive(float[] weights) {
    boolean[] flags = new boolean[weights.length];
    IntStream.range(0, weights.length).forEach(i -> flags[i] = weights[i] > 0);
    return flags;
  }
}
