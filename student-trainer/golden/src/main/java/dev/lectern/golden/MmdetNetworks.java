package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.ImageOutputs;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.Losses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * Network cases of MMDetection's dense detectors: a ResNet, a feature pyramid and a head, each
 * described as MMDetection's configurations do.
 */
final class MmdetNetworks {
  /** Of FCOS, in pixels. */
  private static final List<List<Double>> RANGES =
      List.of(
          List.of(-1.0, 64.0),
          List.of(64.0, 128.0),
          List.of(128.0, 256.0),
          List.of(256.0, 512.0),
          List.of(512.0, 1e8));

  /**
   * What a family's configuration says, in our keys.
   *
   * @param groups of the family's usual group normalisation; 0 for none
   * @param gridOffset of the priors
   * @param head keys of the student's head that not all heads have, for levels of these strides
   * @param objective of the run
   */
  record Reading(
      int groups,
      double gridOffset,
      BiFunction<Settings, List<Integer>, Map<String, Object>> head,
      BiFunction<Settings, List<Integer>, Map<String, Object>> objective) {}

  private static final int GROUPS = 32;

  private MmdetNetworks() {}

  static Map<String, NetworkRunner> runners() {
    Map<String, NetworkRunner> runners = new LinkedHashMap<>();
    readings().forEach((family, reading) -> runners.put(family, q -> run(q, family, reading)));
    return runners;
  }

  private static Map<String, Reading> readings() {
    Map<String, Reading> readings = new TreeMap<>();
    readings.put(
        "gfl", new Reading(GROUPS, 0, MmdetNetworks::gflHead, MmdetNetworks::gflObjective));
    readings.put(
        "gflv2", new Reading(GROUPS, 0, MmdetNetworks::gflv2Head, MmdetNetworks::gflObjective));
    readings.put(
        "atss", new Reading(GROUPS, 0, MmdetNetworks::atssHead, MmdetNetworks::atssObjective));
    readings.put(
        "fcos", new Reading(GROUPS, 0.5, MmdetNetworks::fcosHead, MmdetNetworks::fcosObjective));
    readings.put(
        "retinanet", new Reading(0, 0, MmdetNetworks::retinaHead, MmdetNetworks::retinaObjective));
    return readings;
  }

  private static Map<String, Object> gflHead(Settings head, List<Integer> strides) {
    head.only("type", "GFLHead", "GFLV2Head", "GFLV2Net");
    MmdetParts.distances(head);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("bins", head.integer("reg_max", 16) + 1);
    keys.put("octave-base-scale", MmdetParts.square(head, strides));
    return keys;
  }

  private static Map<String, Object> gflv2Head(Settings head, List<Integer> strides) {
    Map<String, Object> keys = gflHead(head, strides);
    keys.put("quality-topk", head.integer("reg_topk", 4));
    keys.put("quality-mean", head.flag("add_mean", true));
    keys.put("quality-channels", head.integer("reg_channels", 64));
    return keys;
  }

  private static Map<String, Object> gflObjective(Settings head, List<Integer> strides) {
    Settings classes = MmdetParts.loss(head, "loss_cls");
    classes.only("type", "QualityFocalLoss");
    classes.only("use_sigmoid", true);
    classes.only("activated", false);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("beta", classes.number("beta", 2));
    keys.put("cls-weight", classes.number("loss_weight", 1));
    overlap(head, "giou-weight", keys);
    Settings distributions = MmdetParts.loss(head, "loss_dfl");
    distributions.only("type", "DistributionFocalLoss");
    keys.put("dfl-weight", distributions.number("loss_weight", head.has("loss_dfl") ? 1 : 0.25));
    keys.put("assign-topk", MmdetParts.atss(head));
    return keys;
  }

  private static Map<String, Object> atssHead(Settings head, List<Integer> strides) {
    head.only("type", "ATSSHead");
    head.only("pred_kernel_size", 3);
    head.only("reg_decoded_bbox", true);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("octave-base-scale", MmdetParts.square(head, strides));
    keys.put("std", MmdetParts.deviations(head));
    return keys;
  }

  private static Map<String, Object> atssObjective(Settings head, List<Integer> strides) {
    Map<String, Object> keys = MmdetParts.focal(head);
    overlap(head, "giou-weight", keys);
    keys.put("centerness-weight", MmdetParts.centerness(head));
    keys.put("assign-topk", MmdetParts.atss(head));
    return keys;
  }

  private static Map<String, Object> fcosHead(Settings head, List<Integer> strides) {
    head.only("type", "FCOSHead");
    head.only("dcn_on_last_conv", false);
    head.require(head.integers("strides", strides).equals(strides), "strides", strides.toString());
    MmdetParts.distances(head);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("distances", head.flag("norm_on_bbox", false) ? "normalized" : "exp");
    keys.put("centerness", head.flag("centerness_on_reg", false) ? "boxes" : "classes");
    if (head.choice("conv_bias", "auto", Map.of("true", true, "false", false, "auto", false))) {
      keys.put("bias", true);
    }
    return keys;
  }

  private static Map<String, Object> fcosObjective(Settings head, List<Integer> strides) {
    Map<String, Object> keys = MmdetParts.focal(head);
    Settings box = MmdetParts.loss(head, "loss_bbox");
    MmdetParts.overlap(box);
    keys.put("box-loss", box.choice("type", "IoULoss", MmdetParts.overlaps()));
    keys.put("box-weight", box.number("loss_weight", 1));
    keys.put("centerness-weight", MmdetParts.centerness(head));
    keys.put("ranges", ranges(head, strides.size()));
    if (head.flag("center_sampling", false)) {
      keys.put("center-radius", head.number("center_sample_radius", 1.5));
    } else {
      head.ignore("center_sample_radius");
    }
    // it decides on an assignment of its own; what is said of training has no part in it
    Settings training = head.at("train_cfg");
    training.only("allowed_border", -1);
    training.only("pos_weight", -1);
    training.ignore("assigner", "debug");
    return keys;
  }

  /** Where the range of each level but the last ends. */
  private static List<Double> ranges(Settings head, int levels) {
    List<List<Double>> ranges = head.pairs("regress_ranges", RANGES);
    boolean connected = ranges.size() == levels && ranges.get(0).get(0) <= 0;
    for (int level = 1; connected && level < levels; level++) {
      connected = ranges.get(level).get(0).equals(ranges.get(level - 1).get(1));
    }
    head.require(connected, "regress_ranges", "one for each level, each from where the last ends");
    return ranges.subList(0, levels - 1).stream().map(range -> range.get(1)).toList();
  }

  private static Map<String, Object> retinaHead(Settings head, List<Integer> strides) {
    head.only("type", "RetinaHead");
    Map<String, Object> keys = MmdetParts.octaves(MmdetParts.anchors(head, strides));
    keys.put("std", MmdetParts.deviations(head));
    return keys;
  }

  private static Map<String, Object> retinaObjective(Settings head, List<Integer> strides) {
    Map<String, Object> keys = MmdetParts.focal(head);
    Settings box = MmdetParts.loss(head, "loss_bbox");
    Map<String, String> names = MmdetParts.overlaps();
    boolean decoded = head.flag("reg_decoded_bbox", false);
    if (decoded) {
      MmdetParts.overlap(box);
    } else {
      names = Map.of("L1Loss", "l1", "SmoothL1Loss", "l1");
      if (box.text("type", "SmoothL1Loss").equals("SmoothL1Loss")) {
        keys.put("box-beta", box.number("beta", head.has("loss_bbox") ? 1 : 1.0 / 9));
      }
    }
    keys.put("box-loss", box.choice("type", "SmoothL1Loss", names));
    keys.put("box-weight", box.number("loss_weight", 1));
    keys.putAll(MmdetParts.maxIou(MmdetParts.assigner(head.at("train_cfg"), "MaxIoUAssigner"), ""));
    return keys;
  }

  /** An overlap loss of a head that has no other. */
  private static void overlap(Settings head, String weight, Map<String, Object> keys) {
    Settings box = MmdetParts.loss(head, "loss_bbox");
    MmdetParts.overlap(box);
    keys.put("box-loss", box.choice("type", "", MmdetParts.overlaps()));
    keys.put(weight, box.number("loss_weight", 1));
  }

  /**
   * The network that a configuration describes.
   *
   * @param keys of the head besides those that all heads have
   */
  static DetectorSpec spec(
      Settings settings,
      NetworkCase golden,
      String family,
      int groups,
      double gridOffset,
      Map<String, Object> keys) {
    Settings backbone = settings.at("backbone");
    Settings head = settings.at("head");
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("classes", head.integer("num_classes", 80));
    spec.put("strides", MmdetParts.strides(settings.at("neck")));
    spec.put("grid-offset", head.at("anchor_generator").number("center_offset", gridOffset));
    spec.put("backbone", MmdetParts.backbone(backbone));
    spec.put("neck", MmdetParts.neck(settings.at("neck")));
    Map<String, Object> ofHead = new LinkedHashMap<>();
    ofHead.put("family", family);
    ofHead.putAll(MmdetParts.towers(head, groups));
    ofHead.putAll(keys);
    spec.put("head", ofHead);
    spec.put("frozen", MmdetParts.frozen(backbone, golden));
    return DetectorSpec.parse(ConfigLoader.toYaml(spec), "hyperparameters");
  }

  private static NetworkResult run(NetworkCase golden, String family, Reading reading) {
    Settings settings = golden.settings();
    Settings head = settings.at("head");
    List<Integer> strides = MmdetParts.strides(settings.at("neck"));
    DetectorSpec spec =
        spec(
            settings,
            golden,
            family,
            reading.groups(),
            reading.gridOffset(),
            reading.head().apply(head, strides));
    Map<String, Object> objective =
        TrainedFamilies.settings(spec, reading.objective().apply(head, strides));
    DetectionDecoder.Limits limits = MmdetParts.limits(head.at("test_cfg"));
    settings.requireAllRead();
    Detector detector = Detectors.create(spec, golden.manager(), 0);
    golden.loadAll(detector.parameters());
    Outputs<NDArray> outputs = detector.forward(golden.images(), Mode.TRAIN);
    CaseResult result = new CaseResult();
    for (TensorRole role : outputs.roles()) {
      for (int level = 0; level < outputs.get(role).size(); level++) {
        String name = role == TensorRole.JOINT_SCORE ? "score" : role.prefix();
        result.floats(name + "_l" + level, outputs.get(role, level));
      }
    }
    addDetections(result, golden, spec, outputs, limits);
    PriorGrid priors = priors(golden, spec);
    TrainedFamily trained = TrainedFamilies.of(spec, priors, objective, List.of());
    BatchTargets targets = trained.targets(golden.objects());
    Losses losses =
        new Objective(trained, List.of())
            .losses(outputs, List.of(), targets, TrainingProgress.START);
    addLosses(result, losses, targets, Rows.zero(outputs.get(TensorRole.CLASS_LOGITS, 0)));
    return NetworkResult.of(result, losses.total(), detector.parameters());
  }

  /** The priors of the case's input. */
  static PriorGrid priors(NetworkCase golden, DetectorSpec spec) {
    int[] size = golden.size();
    return Families.of(spec).priors(spec, PriorGrid.levels(size[0], size[1], spec.strides()));
  }

  static void addDetections(
      CaseResult result,
      NetworkCase golden,
      DetectorSpec spec,
      Outputs<NDArray> outputs,
      DetectionDecoder.Limits limits) {
    int[] size = golden.size();
    DetectionDecoder decoder = DetectionDecoder.of(spec, size[0], size[1], limits);
    List<Outputs<float[]>> images = ImageOutputs.of(outputs);
    for (int n = 0; n < images.size(); n++) {
      float[] valid = golden.validSize(n);
      List<Detection> found = decoder.decode(images.get(n), valid[1], valid[0]);
      float[] boxes = new float[4 * found.size()];
      float[] scores = new float[found.size()];
      for (int i = 0; i < scores.length; i++) {
        Detection one = found.get(i);
        boxes[4 * i] = one.x1();
        boxes[4 * i + 1] = one.y1();
        boxes[4 * i + 2] = one.x2();
        boxes[4 * i + 3] = one.y2();
        scores[i] = one.score();
      }
      result
          .floats("det_boxes_img" + n, boxes)
          .floats("det_scores_img" + n, scores)
          .longs("det_labels_img" + n, found.stream().mapToLong(Detection::label));
    }
  }

  private static void addLosses(
      CaseResult result, Losses losses, BatchTargets targets, NDArray zero) {
    result.scalar("loss", losses.total());
    int levels = targets.rows().levels();
    int[] rows = IntStream.rangeClosed(0, levels).map(targets.rows()::start).toArray();
    int[] positives = targets.positives().bounds();
    losses
        .byName()
        .forEach(
            (name, value) -> {
              List<NDArray> addends = losses.addends(name);
              List<int[]> bounds = new ArrayList<>();
              for (NDArray addend : addends) {
                bounds.add(addend.getShape().get(0) == rows[levels] ? rows : positives);
              }
              result
                  .scalar(name, value)
                  .levels(name, zero, addends, bounds.isEmpty() ? List.of(positives) : bounds);
            });
  }
}
