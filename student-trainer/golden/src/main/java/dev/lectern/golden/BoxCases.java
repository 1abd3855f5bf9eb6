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

  private static Answer anchors(GoldenCase question) {
    List<LevelGrid> levels = new ArrayList<>();
    int[] strides = question.integers("strides");
    for (int l = 0; l < strides.length; l++) {
      int height = question.setting("level_sizes_hw").get(l).get(0).asInt();
      int width = question.setting("level_sizes_hw").get(l).get(1).asInt();
      levels.add(new LevelGrid(strides[l], height, width));
    }
    AnchorGenerator generator =
        new AnchorGenerator(
            question.number("octave_base_scale"),
            question.integer("scales_per_octave"),
            Arrays.stream(question.numbers("ratios")).boxed().toList(),
            question.number("center_offset"));
    return new Answer().floats("anchors", generator.anchors(levels));
  }

  private static Answer overlaps(GoldenCase question) {
    boolean printed = question.variant().equals("paper");
    Overlap overlap =
        switch (question.text("mode")) {
          case "iou" -> Overlap.IOU;
          case "giou" -> Overlap.GIOU;
          case "diou" -> printed ? Overlap.DIOU : Overlap.DIOU_OVER_FIRST_AREA;
          default -> throw new IllegalArgumentException("unknown overlap " + question.text("mode"));
        };
    return new Answer()
        .floats("overlaps", overlap.pairwise(question.floats("a"), question.floats("b")));
  }

  private static Answer distances(GoldenCase question) {
    float[] points = question.floats("points");
    float[] distances = new float[2 * points.length];
    double limit = question.number("max_dis") - question.number("eps");
    for (int i = 0; i < points.length / 2; i++) {
      DistanceCoder.encode(
          points[2 * i], points[2 * i + 1], question.floats("boxes"), i, limit, distances, 4 * i);
    }
    return new Answer().floats("distance", distances);
  }

  private static Answer deltas(GoldenCase question) {
    DeltaCoder coder = new DeltaCoder(question.numbers("target_stds"));
    float[] anchors = question.floats("anchors");
    double[] canvas = question.numbers("max_shape");
    return new Answer()
        .floats("encoded", coder.encode(anchors, question.floats("gt")))
        .floats("decoded", coder.decode(anchors, question.floats("deltas"), canvas[1], canvas[0]));
  }

  private static Answer integral(GoldenCase question) {
    NDArray distances =
        BoxIntegral.distances(question.tensor("logits"), question.integer("reg_max") + 1);
    NDArray boxes = BoxIntegral.boxes(distances, question.floats("centers"));
    return Answer.loss(boxes.mul(question.tensor("probe")).sum())
        .floats("distances", distances)
        .floats("boxes", boxes);
  }
}
