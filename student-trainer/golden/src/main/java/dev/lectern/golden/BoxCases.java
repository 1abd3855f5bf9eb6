package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.box.BoxIntegral;
import dev.lectern.detector.box.DeltaCoder;
import dev.lectern.detector.box.DistanceCoder;
import dev.lectern.detector.box.Overlap;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.prior.LevelGrid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Boxes and priors: anchors, overlaps, distance coding. */
final class BoxCases {
  private BoxCases() {}

  static Map<String, CaseRunner> runners() {
    return Map.of(
        "anchors", BoxCases::anchors,
        "box_overlaps", BoxCases::overlaps,
        "delta_xywh", BoxCases::deltas,
        "bbox2distance", BoxCases::distances,
        "integral_decode", BoxCases::integral);
  }

  private static CaseResult anchors(GoldenCase golden) {
    List<LevelGrid> levels = new ArrayList<>();
    int[] strides = golden.integers("strides");
    for (int l = 0; l < strides.length; l++) {
      int height = golden.setting("level_sizes_hw").get(l).get(0).asInt();
      int width = golden.setting("level_sizes_hw").get(l).get(1).asInt();
      levels.add(new LevelGrid(strides[l], height, width));
    }
    AnchorGenerator generator =
        new AnchorGenerator(
            golden.number("octave_base_scale"),
            golden.integer("scales_per_octave"),
            Arrays.stream(golden.numbers("ratios")).boxed().toList(),
            golden.number("center_offset"));
    return new CaseResult().floats("anchors", generator.anchors(levels));
  }

  private static CaseResult overlaps(GoldenCase golden) {
    boolean printed = golden.variant().equals("paper");
    Overlap overlap =
        switch (golden.text("mode")) {
          case "iou" -> Overlap.IOU;
          case "giou" -> Overlap.GIOU;
          case "diou" -> printed ? Overlap.DIOU : Overlap.DIOU_OVER_FIRST_AREA;
          default -> throw new IllegalArgumentException("unknown overlap " + golden.text("mode"));
        };
    return new CaseResult()
        .floats("overlaps", overlap.pairwise(golden.floats("a"), golden.floats("b")));
  }

  private static CaseResult distances(GoldenCase golden) {
    float[] points = golden.floats("points");
    float[] distances = new float[2 * points.length];
    double limit = golden.number("max_dis") - golden.number("eps");
    for (int i = 0; i < points.length / 2; i++) {
      DistanceCoder.encode(
          points[2 * i], points[2 * i + 1], golden.floats("boxes"), i, limit, distances, 4 * i);
    }
    return new CaseResult().floats("distance", distances);
  }

  private static CaseResult deltas(GoldenCase golden) {
    DeltaCoder coder = new DeltaCoder(golden.numbers("target_stds"));
    float[] anchors = golden.floats("anchors");
    double[] canvas = golden.numbers("max_shape");
    return new CaseResult()
        .floats("encoded", coder.encode(anchors, golden.floats("gt")))
        .floats("decoded", coder.decode(anchors, golden.floats("deltas"), canvas[1], canvas[0]));
  }

  private static CaseResult integral(GoldenCase golden) {
    NDArray distances =
        BoxIntegral.distances(golden.tensor("logits"), golden.integer("reg_max") + 1);
    NDArray boxes = BoxIntegral.boxes(distances, golden.floats("centers"));
    return CaseResult.loss(boxes.mul(golden.tensor("probe")).sum())
        .floats("distances", distances)
        .floats("boxes", boxes);
  }
}
