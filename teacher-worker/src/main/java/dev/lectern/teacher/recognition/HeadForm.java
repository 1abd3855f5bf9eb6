package dev.lectern.teacher.recognition;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * How the outputs of a kind of head are read, in the words of a descriptor; each constant part is
 * what the named project trains and exports with.
 *
 * @param export which export it is, for people
 * @param family what the head is called
 * @param input channel order, mean and std
 * @param classes key {@code classes}; empty for the default
 * @param boxes key {@code boxes}; empty where there is none
 * @param priors key {@code priors}; empty where there is none
 * @param quality key {@code quality}
 * @param anchors per cell
 * @param unsure what the file does not say
 * @param advice how to export so that less is lost
 */
record HeadForm(
    String export,
    String family,
    String input,
    String classes,
    String boxes,
    String priors,
    String quality,
    int anchors,
    List<String> unsure,
    List<String> advice) {
  private static final String IMAGENET_RGB =
      "channels: RGB, mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]";
  private static final String IMAGENET_BGR =
      "channels: BGR, mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395]";
  private static final String UNIT_RGB = "channels: RGB, mean: [0, 0, 0], std: [255, 255, 255]";
  private static final String PIXELS_BGR = "channels: BGR, mean: [0, 0, 0], std: [1, 1, 1]";

  /** What a project's own training does to images. */
  private static final String LETTERBOX = ", resize: letterbox";

  private static final String STRETCH = ", resize: stretch";

  private static final String INPUT = "channel order, mean and std of the input";

  private static final String CENTRES = "{grid-offset: 0.5}";
  private static final String CORNERS = "{grid-offset: 0.0}";

  /** ln(1000 / 16). */
  private static final String CLAMP = "4.135166556742356";

  private static HeadForm of(
      String export, String family, String input, String boxes, String priors) {
    return new HeadForm(export, family, input, "", boxes, priors, "none", 1, List.of(), List.of());
  }

  private HeadForm withQuality(String other) {
    return new HeadForm(
        export, family, input, classes, boxes, priors, other, anchors, unsure, advice);
  }

  private HeadForm withAnchors(int perCell) {
    return new HeadForm(
        export, family, input, classes, boxes, priors, quality, perCell, unsure, advice);
  }

  private HeadForm unsureOf(String... what) {
    return new HeadForm(
        export, family, input, classes, boxes, priors, quality, anchors, List.of(what), advice);
  }

  private HeadForm advising(String what) {
    return new HeadForm(
        export, family, input, classes, boxes, priors, quality, anchors, unsure, List.of(what));
  }

  /** With one more way to export so that less is lost. */
  HeadForm alsoAdvising(String what) {
    List<String> all = new ArrayList<>(advice);
    all.add(what);
    return new HeadForm(
        export, family, input, classes, boxes, priors, quality, anchors, unsure, List.copyOf(all));
  }

  private static String distribution(long bins) {
    return "{form: distribution, bins: " + bins + "}";
  }

  /** The role of the box tensors. */
  String boxRole() {
    return boxes.contains("form: distribution")
        ? "dist"
        : boxes.contains("form: delta") ? "delta" : boxes.contains("ltrb") ? "ltrb" : "center";
  }

  // ------------------------------------------------------------------------------------
  // Ultralytics

  /** The head of v8 and later, bins per side 1 where it gives distances. */
  static HeadForm ultralytics(String model, long bins) {
    return of(
        "Ultralytics " + model + ", head before its decoding",
        "YOLOV8",
        UNIT_RGB + LETTERBOX,
        bins == 1 ? "{form: ltrb}" : distribution(bins),
        CENTRES);
  }

  static HeadForm ultralyticsDecoded(String model) {
    return of(
            "Ultralytics " + model + ", decoded",
            "YOLOV8",
            UNIT_RGB + LETTERBOX,
            "{form: ltrb}",
            CENTRES)
        .advising(
            "export to ONNX (yolo export format=onnx): its inner tensors before the decoding lose"
                + " nothing");
  }

  // ------------------------------------------------------------------------------ other points

  static HeadForm yolox() {
    return of("YOLOX", "YOLOX", PIXELS_BGR + LETTERBOX, "{form: center}", CORNERS)
        .withQuality("objectness");
  }

  static HeadForm yoloxRows() {
    return yolox()
        .unsureOf("whether boxes are decoded: 'rows 0:4 cxcywh' if they are in pixels")
        .advising("export to ONNX: the convolutions before the sigmoid lose nothing");
  }

  static HeadForm nanodet(int levels, long bins) {
    boolean plus = levels >= 4;
    return of(
        plus ? "NanoDet-Plus" : "NanoDet",
        "GFL",
        IMAGENET_BGR + (plus ? STRETCH : LETTERBOX),
        distribution(bins),
        plus ? CORNERS : CENTRES);
  }

  /** NanoDet, of which only the number of bins tells. */
  static HeadForm nanodetByItsBins(int levels, long bins) {
    return nanodet(levels, bins)
        .unsureOf(
            "whether it is NanoDet, as "
                + bins
                + " bins a side say: grid-offset (0.5; NanoDet-Plus and mmdetection 0), "
                + INPUT);
  }

  static HeadForm ppyoloe(long bins) {
    return of(
            "PP-YOLOE, head before its decoding",
            "PPYOLOE",
            UNIT_RGB + STRETCH,
            distribution(bins),
            CENTRES)
        .unsureOf("mean and std of the input (PP-YOLOE+: 0 and 255; before it ImageNet's)");
  }

  static HeadForm ppyoloeRows() {
    return of(
            "PP-YOLOE without its suppression",
            "PPYOLOE",
            UNIT_RGB + STRETCH,
            "{form: ltrb}",
            CENTRES)
        .unsureOf("whether boxes are corners (xyxy) or centres (cxcywh)", INPUT)
        .advising("name the tensors before the decoding in an ONNX export");
  }

  static HeadForm mmdetectionGfl(long bins) {
    return of("mmdetection GFL", "GFL", IMAGENET_RGB + LETTERBOX, distribution(bins), CORNERS);
  }

  static HeadForm distributions(long bins) {
    return of(
            "a head with box distributions, as GFL and NanoDet have",
            "GFL",
            IMAGENET_RGB + LETTERBOX,
            distribution(bins),
            CENTRES)
        .unsureOf(
            "grid-offset: 0.5 for NanoDet and YOLOv8, 0 for NanoDet-Plus and mmdetection", INPUT);
  }

  static HeadForm torchvisionFcos() {
    return of("torchvision FCOS", "FCOS", IMAGENET_RGB + LETTERBOX, "{form: ltrb}", CORNERS)
        .withQuality("centerness");
  }

  static HeadForm fcos() {
    return of(
            "FCOS, as mmdetection exports it",
            "FCOS",
            IMAGENET_RGB + LETTERBOX,
            "{form: ltrb, unit: pixels}",
            CENTRES)
        .withQuality("centerness")
        .unsureOf(
            "whether boxes are distances (FCOS) or deltas of anchors (ATSS), and their unit",
            INPUT);
  }

  // -------------------------------------------------------------------------------- instances

  /** Queries with sigmoid class logits. */
  static HeadForm queries() {
    return of(
            "queries with class logits and boxes, as RT-DETR, D-FINE and DEIM have",
            "RTDETR",
            UNIT_RGB,
            "",
            "")
        .unsureOf(INPUT);
  }

  /** Queries of RF-DETR, by the names of its outputs. */
  static HeadForm rfdetr() {
    return of("queries of RF-DETR", "RFDETR", IMAGENET_RGB + STRETCH, "", "");
  }

  /** Queries with class logits of a softmax, the background's last. */
  static HeadForm softQueries() {
    HeadForm form = of("queries of DETR", "DETR", IMAGENET_RGB, "", "").unsureOf(INPUT);
    return new HeadForm(
        form.export,
        form.family,
        form.input,
        "{activation: softmax, background: last}",
        "",
        "",
        "none",
        1,
        form.unsure,
        form.advice);
  }

  /**
   * Queries that also have distributions over the places of box sides: arXiv:2410.13842, section
   * 4.1.
   *
   * @param bins per side
   */
  static HeadForm dfine(long bins) {
    return of(
            "queries with box distributions, as D-FINE and DEIM have",
            "DFINE",
            UNIT_RGB,
            "{form: distribution, bins: "
                + bins
                + ", unit: sides, bin-values: "
                + sideBins((int) bins)
                + "}",
            "")
        .unsureOf("bin-values: those of up 0.5 and reg_scale 4", INPUT);
  }

  /** Moves of a side in widths or heights of the reference box: W(n) / reg_scale. */
  private static List<Double> sideBins(int bins) {
    double up = 0.5;
    double scale = 4;
    int last = bins - 1;
    double bound = up * scale;
    double step = Math.pow(bound + 1, 2.0 / (last - 2));
    return IntStream.rangeClosed(0, last)
        .mapToObj(
            n -> {
              int fromMiddle = n - last / 2;
              double w = n == 0 || n == last ? 2 * bound : Math.pow(step, Math.abs(fromMiddle)) - 1;
              return Math.signum(fromMiddle) * w / scale;
            })
        .toList();
  }

  /** Detections: boxes, labels and scores. */
  static HeadForm detections(String export, String input) {
    return of(export, "DETECTIONS", input, "", "")
        .unsureOf("whether boxes are in pixels of the input (else unit-xyxy), " + INPUT)
        .advising(
            "export without post-processing: class logits and distributions are lost after it");
  }

  /** Detections of Ultralytics. */
  static HeadForm ultralyticsDetections() {
    return detections("Ultralytics, detections after suppression or end to end", UNIT_RGB)
        .advising("export with nms=False and end2end=False: then nothing is lost");
  }

  /** Detections of MMDetection. */
  static HeadForm mmdetectionDetections() {
    return detections("detections after suppression, as mmdetection deploys", IMAGENET_RGB);
  }

  /** Detections of the kin of DETR, as deployed. */
  static HeadForm deployedQueries() {
    return detections("labels, boxes and scores, as RT-DETR and D-FINE are deployed", UNIT_RGB);
  }

  // ---------------------------------------------------------------------------------- anchors

  static HeadForm mmdetectionAtss(List<Integer> strides) {
    return of(
            "mmdetection ATSS",
            "ATSS",
            IMAGENET_RGB + LETTERBOX,
            "{form: delta, std: [0.1, 0.1, 0.2, 0.2], clamp: " + CLAMP + "}",
            anchors(strides, s -> List.of(8.0 * s), "[1]", false))
        .withQuality("centerness");
  }

  static HeadForm atss(List<Integer> strides, int perCell) {
    String ratios =
        perCell == 3
            ? "[0.5, 1, 2]"
            : IntStream.range(0, perCell).mapToObj(i -> "1").toList().toString();
    return of(
            "ATSS with " + perCell + " anchors per cell",
            "ATSS",
            UNIT_RGB,
            "{form: delta, std: [0.1, 0.1, 0.2, 0.2]}",
            anchors(strides, s -> List.of(8.0 * s), ratios, false))
        .withQuality("centerness")
        .withAnchors(perCell)
        .unsureOf("sizes, ratios and place of the anchors, deviations of the deltas", INPUT);
  }

  static HeadForm torchvisionRetinanet(List<Integer> strides) {
    return of(
            "torchvision RetinaNet",
            "RETINANET",
            IMAGENET_RGB,
            "{form: delta, clamp: " + CLAMP + "}",
            anchors(
                strides, s -> octave(s).stream().map(Math::floor).toList(), "[0.5, 1, 2]", true))
        .withAnchors(9);
  }

  static HeadForm retinanet(List<Integer> strides) {
    return of(
            "RetinaNet, as mmdetection exports it",
            "RETINANET",
            IMAGENET_RGB,
            "{form: delta, clamp: " + CLAMP + "}",
            anchors(strides, HeadForm::octave, "[0.5, 1, 2]", false))
        .withAnchors(9);
  }

  /** Three sides per octave from four strides on. */
  private static List<Double> octave(int stride) {
    return IntStream.range(0, 3).mapToObj(i -> 4 * stride * Math.pow(2, i / 3.0)).toList();
  }

  private static String anchors(
      List<Integer> strides, IntFunction<List<Double>> sizes, String ratios, boolean rounded) {
    return "{grid-offset: 0.0, anchors: {sizes: "
        + strides.stream().map(sizes::apply).toList()
        + ", ratios: "
        + ratios
        + (rounded ? ", rounded: true" : "")
        + "}}";
  }
}
