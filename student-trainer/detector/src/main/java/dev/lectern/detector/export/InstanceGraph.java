package dev.lectern.detector.export;

import dev.lectern.detector.box.DeltaCoder;
import dev.lectern.detector.box.Proposals;
import dev.lectern.detector.box.RoiLevels;
import dev.lectern.detector.export.proto.TensorProto.DataType;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.head.SecondStage.Dense;
import dev.lectern.detector.network.Instances;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Records the proposals of one image and what the second stage says of them: {@link Instances} as
 * nodes of an ONNX graph.
 *
 * <p>Boxes are computed in float32 here and in float64 there, so that a box may fall on the other
 * side of a threshold where two candidates are equal but for rounding.
 */
final class InstanceGraph {
  /** Above every logit that is left out, below every other. */
  private static final float LOWEST = -1e30f;

  private static final String NONE = "";

  private final GraphRecorder graph;
  private final PriorGrid priors;
  private final SecondStage second;
  private final float[] canvas;

  /**
   * @param priors of every level
   * @param width of the canvas, pixels
   * @param height of the canvas, pixels
   */
  InstanceGraph(GraphRecorder graph, PriorGrid priors, SecondStage second, int width, int height) {
    this.graph = graph;
    this.priors = priors;
    this.second = second;
    this.canvas = new float[] {width, height, width, height};
  }

  /** Boxes with a value each. */
  private record Scored(String boxes, String logits) {}

  /**
   * Records both stages.
   *
   * @param outputs of the first stage, with the features
   * @param rows P, of every output
   * @return by role, each with a first axis of 1
   */
  Map<TensorRole, String> of(Outputs<String> outputs, int rows) {
    Scored proposals = proposals(outputs);
    String count = graph.node("Shape", List.of(proposals.logits()));
    String hidden = pooled(proposals.boxes(), outputs.get(TensorRole.FEATURES));
    for (Dense layer : second.layers().hidden()) {
      hidden = graph.relu(dense(layer, hidden));
    }
    Map<TensorRole, String> instances = new EnumMap<>(TensorRole.class);
    instances.put(
        TensorRole.INSTANCE_COUNT,
        graph.node("Reshape", List.of(cast(count, DataType.DATA_TYPE_FLOAT), longs(1, 1))));
    instances.put(TensorRole.INSTANCE_BOXES, padded(proposals.boxes(), count, rows, true));
    instances.put(
        TensorRole.INSTANCE_OBJECTNESS,
        padded(graph.sigmoid(proposals.logits()), count, rows, false));
    instances.put(
        TensorRole.INSTANCE_LOGITS,
        padded(dense(second.layers().classes(), hidden), count, rows, true));
    instances.put(
        TensorRole.INSTANCE_DELTAS,
        padded(dense(second.layers().boxes(), hidden), count, rows, true));
    return instances;
  }

  /** The best boxes of all levels, in order of falling score. */
  private Scored proposals(Outputs<String> outputs) {
    Proposals.Limits limits = second.limits();
    List<String> boxes = new ArrayList<>();
    List<String> logits = new ArrayList<>();
    for (int level = 0; level < priors.levels().size(); level++) {
      Scored kept =
          suppressed(
              candidates(
                  level,
                  outputs.get(TensorRole.QUALITY, level),
                  outputs.get(TensorRole.BOX_DELTAS, level),
                  Math.min(limits.perLevel(), priors.count(level))),
              limits);
      boxes.add(kept.boxes());
      logits.add(kept.logits());
    }
    String all = graph.node("Concat", logits, GraphRecorder.whole("axis", 0));
    String count =
        graph.node("Min", List.of(graph.node("Shape", List.of(all)), longs(limits.count())));
    String best = graph.node("TopK", List.of(all, count), GraphRecorder.whole("axis", 0));
    String order = graph.indicesOf(best);
    return new Scored(
        gather(graph.node("Concat", boxes, GraphRecorder.whole("axis", 0)), order), best);
  }

  /** The boxes of a level's best scores; those that are too small have the lowest. */
  private Scored candidates(int level, String quality, String deltas, int count) {
    int anchors = priors.anchorsPerCell();
    String logits = priorMajor(quality, longs(anchors, -1), longs(-1), 1, 0);
    String rows = priorMajor(deltas, longs(anchors, 4, -1), longs(-1, 4), 2, 0, 1);
    String best = graph.node("TopK", List.of(logits, longs(count)), GraphRecorder.whole("axis", 0));
    String chosen = graph.indicesOf(best);
    String boxes = decoded(level, gather(rows, chosen), chosen);
    String sides = graph.node("Sub", List.of(columns(boxes, 2, 4), columns(boxes, 0, 2)));
    String shorter =
        graph.node(
            "ReduceMin",
            List.of(sides),
            GraphRecorder.ints("axes", 1),
            GraphRecorder.whole("keepdims", 0));
    String isLarge =
        graph.node("Greater", List.of(shorter, scalar((float) second.limits().minSide())));
    return new Scored(boxes, graph.node("Where", List.of(isLarge, best, scalar(2 * LOWEST))));
  }

  /** The maps of a level as rows in the order of its priors. */
  private String priorMajor(String map, String byAnchor, String rows, long... order) {
    String split = graph.node("Reshape", List.of(map, byAnchor));
    String turned = graph.node("Transpose", List.of(split), GraphRecorder.ints("perm", order));
    return graph.node("Reshape", List.of(turned, rows));
  }

  private String decoded(int level, String deltas, String chosen) {
    DeltaCoder coder = second.proposalCoder();
    int count = priors.count(level);
    float[] centres = new float[2 * count];
    float[] sizes = new float[2 * count];
    for (int prior = 0; prior < count; prior++) {
      double[] anchor = priors.anchor(priors.start(level) + prior);
      for (int axis = 0; axis < 2; axis++) {
        centres[2 * prior + axis] = (float) ((anchor[axis] + anchor[2 + axis]) / 2);
        sizes[2 * prior + axis] = (float) (anchor[2 + axis] - anchor[axis]);
      }
    }
    long[] shape = {count, 2};
    String centre = gather(graph.floats("anchor_centres_" + level, shape, centres), chosen);
    String size = gather(graph.floats("anchor_sizes_" + level, shape, sizes), chosen);
    String shifts = scaled(columns(deltas, 0, 2), coder, 0);
    String logarithms =
        graph.node(
            "Clip",
            List.of(
                scaled(columns(deltas, 2, 4), coder, 2),
                scalar((float) -coder.clamp()),
                scalar((float) coder.clamp())));
    String middle = graph.add(centre, graph.product(shifts, size));
    String half = graph.product(graph.product(graph.exp(logarithms), size), scalar(0.5f));
    String box =
        graph.node(
            "Concat",
            List.of(graph.node("Sub", List.of(middle, half)), graph.add(middle, half)),
            GraphRecorder.whole("axis", 1));
    String positive = graph.node("Max", List.of(box, scalar(0)));
    return graph.node("Min", List.of(positive, graph.floats("canvas", new long[] {4}, canvas)));
  }

  private String scaled(String pair, DeltaCoder coder, int first) {
    float[] deviations = new float[2];
    float[] means = new float[2];
    for (int i = 0; i < 2; i++) {
      deviations[i] = (float) coder.deviations()[first + i];
      means[i] = (float) coder.means()[first + i];
    }
    long[] shape = {2};
    return graph.add(
        graph.product(pair, graph.floats("delta_deviations_" + first, shape, deviations)),
        graph.floats("delta_means_" + first, shape, means));
  }

  private Scored suppressed(Scored candidates, Proposals.Limits limits) {
    String boxes = graph.node("Unsqueeze", List.of(candidates.boxes(), longs(0)));
    String scores = graph.node("Reshape", List.of(candidates.logits(), longs(1, 1, -1)));
    String kept =
        graph.node(
            "NonMaxSuppression",
            List.of(
                boxes,
                scores,
                longs(limits.count()),
                scalar((float) limits.iou()),
                scalar(LOWEST)));
    // image, class and box of each that is kept
    String rows = graph.node("Reshape", List.of(columns(kept, 2, 3), longs(-1)));
    return new Scored(gather(candidates.boxes(), rows), gather(candidates.logits(), rows));
  }

  /** The features of the boxes, (n, C * S * S): each from the level that its size belongs to. */
  private String pooled(String boxes, List<String> features) {
    SecondStage.Layers layers = second.layers();
    String sides =
        cast(
            graph.node("Sub", List.of(columns(boxes, 2, 4), columns(boxes, 0, 2))),
            DataType.DATA_TYPE_DOUBLE);
    String area =
        graph.node(
            "Reshape",
            List.of(graph.product(columns(sides, 0, 1), columns(sides, 1, 2)), longs(-1)));
    List<String> places = new ArrayList<>();
    List<String> maps = new ArrayList<>();
    List<Integer> strides = layers.strides();
    for (int level = 0; level < strides.size(); level++) {
      String own = rowsWithin(area, strides, level);
      places.add(own);
      maps.add(
          graph.node(
              "RoiAlign",
              List.of(
                  features.get(level),
                  gather(boxes, own),
                  graph.node("Mul", List.of(own, longs(0)))),
              GraphRecorder.whole("output_height", layers.size()),
              GraphRecorder.whole("output_width", layers.size()),
              GraphRecorder.whole("sampling_ratio", layers.sampling()),
              GraphRecorder.number("spatial_scale", 1f / strides.get(level)),
              GraphRecorder.text("coordinate_transformation_mode", "half_pixel")));
    }
    String boxOfRow = graph.node("Concat", places, GraphRecorder.whole("axis", 0));
    String sorted =
        graph.node(
            "TopK",
            List.of(boxOfRow, graph.node("Shape", List.of(boxOfRow))),
            GraphRecorder.whole("axis", 0),
            GraphRecorder.whole("largest", 0));
    String rowOfBox = graph.indicesOf(sorted);
    String all = graph.node("Concat", maps, GraphRecorder.whole("axis", 0));
    return graph.node("Flatten", List.of(gather(all, rowOfBox)), GraphRecorder.whole("axis", 1));
  }

  /** The boxes of a level. */
  private String rowsWithin(String area, List<Integer> strides, int level) {
    String within = NONE;
    if (level > 0) {
      within = graph.node("GreaterOrEqual", List.of(area, smallest(strides.get(level))));
    }
    if (level + 1 < strides.size()) {
      String below = graph.node("Less", List.of(area, smallest(strides.get(level + 1))));
      within = within.equals(NONE) ? below : graph.node("And", List.of(within, below));
    }
    if (within.equals(NONE)) {
      within = graph.node("GreaterOrEqual", List.of(area, graph.real("no_area", 0)));
    }
    return graph.node("Reshape", List.of(graph.node("NonZero", List.of(within)), longs(-1)));
  }

  private String smallest(int stride) {
    return graph.real("smallest_area_" + stride, RoiLevels.smallestArea(stride));
  }

  private String dense(Dense layer, String x) {
    return graph.node(
        "Gemm",
        List.of(x, graph.constant(layer.weight()), graph.constant(layer.bias())),
        GraphRecorder.whole("transB", 1));
  }

  /** Rows of zeros after those there are, and an axis of one image before them. */
  private String padded(String x, String count, int rows, boolean isTable) {
    String lacking = graph.node("Sub", List.of(longs(rows), count));
    String pads =
        graph.node(
            "Concat",
            isTable ? List.of(longs(0, 0), lacking, longs(0)) : List.of(longs(0), lacking),
            GraphRecorder.whole("axis", 0));
    return graph.node("Unsqueeze", List.of(graph.node("Pad", List.of(x, pads)), longs(0)));
  }

  private String gather(String rows, String at) {
    return graph.node("Gather", List.of(rows, at), GraphRecorder.whole("axis", 0));
  }

  private String columns(String table, int from, int end) {
    return graph.node("Slice", List.of(table, longs(from), longs(end), longs(1)));
  }

  private String cast(String x, DataType type) {
    return graph.node("Cast", List.of(x), GraphRecorder.whole("to", type.getNumber()));
  }

  /** Whole numbers, held once. */
  private String longs(long... values) {
    StringBuilder name = new StringBuilder("whole");
    for (long value : values) {
      name.append('.').append(value);
    }
    return graph.longs(name.toString(), values);
  }

  private String scalar(float value) {
    return graph.scalar("number." + value, value);
  }
}
