package dev.lectern.teacher.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One detector of YOLOv8's shape, with random weights, in every form in which such detectors are
 * exported. Input {@code images} (N, 3, 64, 64); three classes, 16 bins, strides 8, 16 and 32.
 */
public final class YoloExports {
  public static final int SIZE = 64;
  public static final int CLASSES = 3;
  public static final int BINS = 16;
  public static final List<Integer> STRIDES = List.of(8, 16, 32);

  private static final int CHANNELS = 8;
  private static final int ROWS = 64 + 16 + 4;

  private final GraphBuilder graph = new GraphBuilder();
  private final List<String> boxes = new ArrayList<>();
  private final List<String> scores = new ArrayList<>();

  private YoloExports() {
    graph.input("images", -1, 3, SIZE, SIZE);
    String features = "images";
    for (int l = 0; l < STRIDES.size(); l++) {
      features =
          graph.convolution(
              features, "p" + (l + 3), l == 0 ? 3 : CHANNELS, CHANNELS, 3, l == 0 ? 8 : 2);
      boxes.add(
          graph.convolution(
              features,
              "/model.22/cv2." + l + "/cv2." + l + ".2/Conv_output_0",
              CHANNELS,
              4 * BINS,
              1,
              1));
      scores.add(
          graph.convolution(
              features,
              "/model.22/cv3." + l + "/cv3." + l + ".2/Conv_output_0",
              CHANNELS,
              CLASSES,
              1,
              1,
              -2));
    }
  }

  /** Outputs {@code dist_0} and {@code cls_0} and so on, (N, C, h, w). */
  public static byte[] maps() {
    YoloExports e = new YoloExports();
    for (int l = 0; l < 3; l++) {
      e.out("Identity", e.boxes.get(l), "dist_" + l);
      e.out("Identity", e.scores.get(l), "cls_" + l);
    }
    return e.graph.bytes();
  }

  /** Outputs {@code pixels_dist_0} and {@code pixels_cls_0} and so on, (N, h, w, C). */
  public static byte[] pixels() {
    YoloExports e = new YoloExports();
    for (int l = 0; l < 3; l++) {
      e.graph.output(e.graph.transpose(e.boxes.get(l), "dist_" + l, 0, 2, 3, 1));
      e.graph.output(e.graph.transpose(e.scores.get(l), "cls_" + l, 0, 2, 3, 1));
    }
    return e.graph.bytes();
  }

  /** Outputs {@code p0}, {@code p1}, {@code p2}, (N, 64 + K, h, w). */
  public static byte[] rawPerLevel() {
    YoloExports e = new YoloExports();
    for (int l = 0; l < 3; l++) {
      e.graph.output(e.both(l, "raw_" + l));
    }
    return e.graph.bytes();
  }

  /** Output {@code output0}, (N, 64 + K, R). */
  public static byte[] concatenated() {
    YoloExports e = new YoloExports();
    e.graph.output(e.allRows(e.boths(), 4 * BINS + CLASSES, "output0"));
    return e.graph.bytes();
  }

  /** Outputs {@code boxes} (N, 64, R) and {@code scores} (N, K, R). */
  public static byte[] separate() {
    YoloExports e = new YoloExports();
    e.graph.output(e.allRows(e.boxes, 4 * BINS, "boxes"));
    e.graph.output(e.allRows(e.scores, CLASSES, "scores"));
    return e.graph.bytes();
  }

  /** Output {@code output}, (N, R, K + 64), as NanoDet is exported. */
  public static byte[] anchorsLast() {
    YoloExports e = new YoloExports();
    List<String> both =
        IntStream.range(0, 3)
            .mapToObj(
                l -> e.graph.concat("turned_" + l, 1, List.of(e.scores.get(l), e.boxes.get(l))))
            .toList();
    e.graph.output(
        e.graph.transpose(e.allRows(both, 4 * BINS + CLASSES, "columns"), "output", 0, 2, 1));
    return e.graph.bytes();
  }

  /** Outputs {@code cls_0} (N, h * w, K) and {@code dist_0} (N, h * w, 64) and so on. */
  public static byte[] rowsPerLevel() {
    YoloExports e = new YoloExports();
    for (int l = 0; l < 3; l++) {
      e.graph.output(
          e.graph.transpose(
              e.graph.reshape(e.scores.get(l), "c" + l, 0, CLASSES, -1), "cls_" + l, 0, 2, 1));
      e.graph.output(
          e.graph.transpose(
              e.graph.reshape(e.boxes.get(l), "d" + l, 0, 4L * BINS, -1), "dist_" + l, 0, 2, 1));
    }
    return e.graph.bytes();
  }

  /** Outputs {@code cls_logits} (N, R, K) and {@code bbox_regression} (N, R, 64). */
  public static byte[] rowsOfAll() {
    YoloExports e = new YoloExports();
    e.graph.output(e.graph.transpose(e.allRows(e.scores, CLASSES, "s"), "cls_logits", 0, 2, 1));
    e.graph.output(
        e.graph.transpose(e.allRows(e.boxes, 4 * BINS, "b"), "bbox_regression", 0, 2, 1));
    return e.graph.bytes();
  }

  /** Output {@code output0}, (N, 4 + K, R): centre and size in pixels, probabilities. */
  public static byte[] decoded() {
    return decode("output0", true).graph.bytes();
  }

  /** Output {@code output}, (N, R, 4 + K): corners in pixels, probabilities, as PP-YOLOE. */
  public static byte[] corners() {
    YoloExports e = decode("columns", false);
    e.graph.output(e.graph.transpose("columns", "output", 0, 2, 1));
    return e.graph.bytes();
  }

  private static YoloExports decode(String name, boolean centres) {
    YoloExports e = new YoloExports();
    GraphBuilder g = e.graph;
    String raw = e.allRows(e.boxes, 4 * BINS, "raw_boxes");
    String bins =
        g.node(
            "Softmax",
            "bins",
            List.of(g.reshape(raw, "by_bin", 0, 4, BINS, -1)),
            GraphBuilder.integer("axis", 2));
    double[] values = IntStream.range(0, BINS).asDoubleStream().toArray();
    String weighted =
        g.node("Mul", "weighted", List.of(bins, g.floats("values", values, 1, 1, BINS, 1)));
    String distances =
        g.node(
            "ReduceSum",
            "distances",
            List.of(weighted, g.longs("bin_axis", 2)),
            GraphBuilder.integer("keepdims", 0));
    double[] points = new double[2 * ROWS];
    double[] strides = new double[ROWS];
    int row = 0;
    for (int stride : STRIDES) {
      int side = SIZE / stride;
      for (int cell = 0; cell < side * side; cell++, row++) {
        points[row] = cell % side + 0.5;
        points[ROWS + row] = cell / side + 0.5;
        strides[row] = stride;
      }
    }
    String p = g.floats("points", points, 1, 2, ROWS);
    String x1y1 = g.node("Sub", "x1y1", List.of(p, g.slice(distances, "lt", 1, 0, 2)));
    String x2y2 = g.node("Add", "x2y2", List.of(p, g.slice(distances, "rb", 1, 2, 4)));
    List<String> corners = List.of(x1y1, x2y2);
    if (centres) {
      String sum = g.node("Add", "sum", corners);
      String centre = g.node("Div", "centre", List.of(sum, g.floats("two", new double[] {2}, 1)));
      corners = List.of(centre, g.node("Sub", "size", List.of(x2y2, x1y1)));
    }
    String box =
        g.node(
            "Mul",
            "box",
            List.of(g.concat("xyxy", 1, corners), g.floats("strides", strides, 1, 1, ROWS)));
    String probabilities =
        g.node("Sigmoid", "probabilities", List.of(e.allRows(e.scores, CLASSES, "all_scores")));
    g.concat(name, 1, List.of(box, probabilities));
    if (centres) {
      g.output(name);
    }
    return e;
  }

  /** Output {@code output0}, (N, R, 6): what is left after suppression. */
  public static byte[] endToEnd() {
    YoloExports e = new YoloExports();
    String rows = e.allRows(e.boths(), 4 * BINS + CLASSES, "rows");
    e.graph.output(e.graph.transpose(e.graph.slice(rows, "six", 1, 0, 6), "output0", 0, 2, 1));
    return e.graph.bytes();
  }

  private void out(String operator, String in, String name) {
    graph.output(graph.node(operator, name, List.of(in)));
  }

  private List<String> boths() {
    return IntStream.range(0, 3).mapToObj(l -> both(l, "both_" + l)).toList();
  }

  private String both(int level, String name) {
    return graph.concat(name, 1, List.of(boxes.get(level), scores.get(level)));
  }

  private String allRows(List<String> levels, int channels, String name) {
    List<String> flat = new ArrayList<>();
    for (int l = 0; l < levels.size(); l++) {
      flat.add(graph.reshape(levels.get(l), name + "_flat_" + l, 0, channels, -1));
    }
    return graph.concat(name, 2, flat);
  }
}
