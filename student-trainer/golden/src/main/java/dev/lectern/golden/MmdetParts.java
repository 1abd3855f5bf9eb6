package dev.lectern.golden;

import dev.lectern.detector.box.DetectionDecoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Parts that MMDetection's configurations have in common, in our keys. A setting that is absent has
 * MMDetection's default; one that we cannot follow is refused.
 */
public final class MmdetParts {
  private static final List<Integer> BACKBONE_STRIDES = List.of(4, 8, 16, 32);
  private static final double ROUNDING = 1e-9;

  private MmdetParts() {}

  /** A ResNet or ResNeXt. */
  public static Map<String, Object> backbone(Settings backbone) {
    backbone.only("type", "ResNet", "ResNeXt");
    backbone.only("num_stages", 4);
    backbone.only("in_channels", 3);
    backbone.only("deep_stem", false);
    backbone.only("avg_down", false);
    backbone.ignore("init_cfg", "pretrained", "with_cp", "zero_init_residual");
    backbone.require(
        backbone.integers("out_indices", List.of(0, 1, 2, 3)).equals(List.of(0, 1, 2, 3)),
        "out_indices",
        "[0, 1, 2, 3]");
    backbone.onlyAll("dilations", 1);
    backbone.require(
        backbone.integers("strides", List.of(1, 2, 2, 2)).equals(List.of(1, 2, 2, 2)),
        "strides",
        "[1, 2, 2, 2]");
    Settings norm = backbone.at("norm_cfg");
    norm.only("type", "BN", "SyncBN");
    norm.only("eps", 1e-5);
    norm.ignore("requires_grad", "momentum");
    int width = backbone.integer("base_channels", 64);
    backbone.only("stem_channels", width);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("depth", backbone.integer("depth", 50));
    keys.put("width", width);
    backbone.ignore("norm_eval"); // network cases are made with stored statistics
    keys.put("normalization", "frozen_batch");
    if (backbone.text("type", "ResNet").equals("ResNeXt")) {
      keys.put("groups", backbone.integer("groups", 1));
      keys.put("group-width", backbone.integer("base_width", 4));
    }
    keys.put(
        "style",
        backbone.choice("style", "pytorch", Map.of("pytorch", "pytorch", "caffe", "caffe")));
    return keys;
  }

  /** Prefixes of what does not learn: early stages, and normalisations that are frozen. */
  public static List<String> frozen(Settings backbone, NetworkCase golden) {
    List<String> frozen = new ArrayList<>();
    int stages = backbone.integer("frozen_stages", -1);
    if (stages >= 0) {
      frozen.addAll(List.of("backbone.conv1", "backbone.bn1"));
    }
    for (int stage = 1; stage <= stages; stage++) {
      frozen.add("backbone.layer" + stage);
    }
    if (!backbone.at("norm_cfg").flag("requires_grad", true)) {
      String statistic = ".running_mean";
      golden.weightNames().stream()
          .filter(name -> name.startsWith("backbone.") && name.endsWith(statistic))
          .forEach(name -> frozen.add(name.substring(0, name.length() - statistic.length())));
    }
    return frozen;
  }

  /** Strides of the levels. */
  public static List<Integer> strides(Settings neck) {
    int first = BACKBONE_STRIDES.get(neck.integer("start_level", 0));
    return IntStream.range(0, neck.integer("num_outs", 5)).map(l -> first << l).boxed().toList();
  }

  /** A feature pyramid. */
  public static Map<String, Object> neck(Settings neck) {
    neck.only("type", "FPN");
    neck.only("end_level", -1, 3);
    neck.only("no_norm_on_lateral", false);
    neck.at("upsample_cfg").only("mode", "nearest");
    neck.ignore("in_channels", "init_cfg", "no_norm_on_lateral");
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("channels", neck.integer("out_channels", 256));
    keys.put(
        "extra-levels",
        neck.choice(
            "add_extra_convs",
            "false",
            Map.of(
                "false", "max_pool",
                "true", "on_input",
                "on_input", "on_input",
                "on_lateral", "on_lateral",
                "on_output", "on_output")));
    boolean relu = neck.flag("relu_before_extra_convs", false);
    keys.put("extra-relu", relu && !keys.get("extra-levels").equals("max_pool"));
    return keys;
  }

  /**
   * The convolutions in front of a head's predictions.
   *
   * @param groups of the family's usual normalisation; 0 for none
   */
  public static Map<String, Object> towers(Settings head, int groups) {
    head.ignore("in_channels", "init_cfg");
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("depth", head.integer("stacked_convs", 4));
    keys.put("channels", head.integer("feat_channels", 256));
    if (!head.has("norm_cfg")) {
      keys.put("normalization", groups > 0 ? "group" : "none");
      if (groups > 0) {
        keys.put("groups", groups);
      }
      return keys;
    }
    Settings norm = head.at("norm_cfg");
    norm.only("requires_grad", true);
    norm.only("eps", 1e-5);
    norm.ignore("momentum");
    String kind =
        norm.choice(
            "type", "", Map.of("GN", "group", "BN", "frozen_batch", "SyncBN", "frozen_batch"));
    keys.put("normalization", kind);
    if (kind.equals("group")) {
      keys.put("groups", norm.integer("num_groups", 32));
    }
    return keys;
  }

  /**
   * Anchors of one shape per cell.
   *
   * @return side in strides
   */
  public static double square(Settings head, List<Integer> strides) {
    Settings anchors = anchors(head, strides);
    anchors.onlyAll("ratios", 1);
    List<Double> sizes = sizes(anchors);
    anchors.require(sizes.size() == 1, "scales_per_octave", "one anchor per cell");
    return sizes.get(0);
  }

  /** The generator of a head's anchors, whose levels must be the neck's. */
  public static Settings anchors(Settings head, List<Integer> strides) {
    Settings anchors = head.at("anchor_generator");
    anchors.only("type", "AnchorGenerator");
    anchors.require(
        anchors.integers("strides", strides).equals(strides), "strides", strides.toString());
    anchors.require(
        anchors.integers("base_sizes", strides).equals(strides), "base_sizes", "the strides");
    anchors.only("scale_major", true);
    anchors.require(!anchors.has("centers"), "centers", "none");
    anchors.ignore("centers");
    return anchors;
  }

  /** Sides of a cell's square anchors, in strides. */
  public static List<Double> sizes(Settings anchors) {
    if (anchors.has("scales")) {
      return anchors.numbers("scales", List.of());
    }
    double base = anchors.number("octave_base_scale", 8);
    int count = anchors.integer("scales_per_octave", 1);
    return IntStream.range(0, count).mapToObj(i -> base * Math.pow(2, (double) i / count)).toList();
  }

  /** Keys of anchors whose sizes are equal parts of an octave, as ours are. */
  public static Map<String, Object> octaves(Settings anchors) {
    List<Double> sizes = sizes(anchors);
    for (int i = 0; i < sizes.size(); i++) {
      double expected = sizes.get(0) * Math.pow(2, (double) i / sizes.size());
      anchors.require(
          Math.abs(sizes.get(i) - expected) < ROUNDING * expected,
          "scales",
          "equal parts of an octave");
    }
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("octave-base-scale", sizes.get(0));
    keys.put("scales-per-octave", sizes.size());
    keys.put("ratios", anchors.numbers("ratios", List.of(0.5, 1.0, 2.0)));
    return keys;
  }

  /** Deviations of deltas. */
  public static List<Double> deviations(Settings head) {
    Settings coder = head.at("bbox_coder");
    coder.only("type", "DeltaXYWHBBoxCoder");
    coder.onlyAll("target_means", 0);
    coder.only("clip_border", true);
    coder.only("add_ctr_clamp", false);
    coder.ignore("ctr_clamp");
    return coder.numbers("target_stds", List.of(1.0, 1.0, 1.0, 1.0));
  }

  /** Refuses another coding of boxes than distances. */
  public static void distances(Settings head) {
    Settings coder = head.at("bbox_coder");
    coder.only("type", "DistancePointBBoxCoder");
    coder.only("clip_border", true);
  }

  /** The keys that every loss has. */
  public static Settings loss(Settings head, String name) {
    Settings loss = head.at(name);
    loss.only("reduction", "mean");
    return loss;
  }

  /** Focal loss. */
  public static Map<String, Object> focal(Settings head) {
    Settings loss = loss(head, "loss_cls");
    loss.only("type", "FocalLoss");
    loss.only("use_sigmoid", true);
    loss.only("activated", false);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("gamma", loss.number("gamma", 2));
    keys.put("alpha", loss.number("alpha", 0.25));
    keys.put("cls-weight", loss.number("loss_weight", 1));
    return keys;
  }

  /** Names of the overlap losses. */
  public static Map<String, String> overlaps() {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("IoULoss", "iou");
    names.put("GIoULoss", "giou");
    names.put("DIoULoss", "diou");
    names.put("CIoULoss", "ciou");
    return names;
  }

  /** Refuses forms of an overlap loss that we do not compute. */
  public static void overlap(Settings loss) {
    loss.only("eps", 1e-6);
    loss.only("linear", false);
    loss.only("mode", "log");
  }

  /** Binary cross entropy of centerness; its weight. */
  public static double centerness(Settings head) {
    Settings loss = loss(head, "loss_centerness");
    loss.only("type", "CrossEntropyLoss");
    loss.only("use_sigmoid", true);
    return loss.number("loss_weight", 1);
  }

  /** What all rules of assignment have in common; the rest is the rule's. */
  public static Settings assigner(Settings training, String type) {
    Settings assigner = training.at("assigner");
    assigner.only("type", type);
    assigner.only("ignore_iof_thr", -1);
    assigner.ignore("iou_calculator", "gpu_assign_thr", "ignore_wrt_candidates");
    training.only("allowed_border", -1);
    training.only("pos_weight", -1);
    training.ignore("debug");
    training.at("sampler").only("type", "PseudoSampler");
    return assigner;
  }

  /** ATSS; its candidates. */
  public static int atss(Settings head) {
    Settings assigner = assigner(head.at("train_cfg"), "ATSSAssigner");
    return assigner.integer("topk", 9);
  }

  /**
   * Assignment by overlap.
   *
   * @param prefix of our keys
   */
  public static Map<String, Object> maxIou(Settings assigner, String prefix) {
    assigner.only("gt_max_assign_all", true);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put(prefix + "positive-iou", assigner.number("pos_iou_thr", 0.5));
    keys.put(prefix + "negative-iou", assigner.number("neg_iou_thr", 0.4));
    double least = assigner.number("min_pos_iou", 0);
    boolean low = assigner.flag("match_low_quality", true);
    keys.put(prefix + "min-positive-iou", low ? least : NO_OVERLAP);
    return keys;
  }

  /** More than any overlap. */
  public static final double NO_OVERLAP = 2;

  /** An overlap loss of a head that has no other. */
  public static void overlap(Settings head, String weight, Map<String, Object> keys) {
    Settings box = loss(head, "loss_bbox");
    overlap(box);
    keys.put("box-loss", box.choice("type", "", overlaps()));
    keys.put(weight, box.number("loss_weight", 1));
  }

  /** Limits of detections. */
  public static DetectionDecoder.Limits limits(Settings test) {
    DetectionDecoder.Limits usual = DetectionDecoder.Limits.DEFAULT;
    test.only("min_bbox_size", 0);
    Settings nms = test.at("nms");
    nms.only("type", "nms");
    nms.only("class_agnostic", false);
    nms.ignore("split_thr");
    return new DetectionDecoder.Limits(
        test.number("score_thr", usual.scoreThreshold()),
        nms.number("iou_threshold", usual.nmsIou()),
        orAll(test.integer("nms_pre", -1)),
        orAll(test.integer("max_per_img", usual.limit())));
  }

  private static int orAll(int limit) {
    return limit < 0 ? Integer.MAX_VALUE : limit;
  }
}
