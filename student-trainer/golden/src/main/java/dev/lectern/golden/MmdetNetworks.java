package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Network cases of MMDetection's dense detectors: a ResNet, a feature pyramid and a head, each
 * described as MMDetection's configurations do.
 */
final class MmdetNetworks {
  private static final List<Integer> BACKBONE_STRIDES = List.of(4, 8, 16, 32);

  /**
   * What a family's configuration says, in our keys.
   *
   * @param head of the student's specification, without its family
   * @param gridOffset of the priors
   * @param objective of the run
   */
  record Reading(
      Function<JsonNode, Map<String, Object>> head,
      double gridOffset,
      Function<JsonNode, Map<String, Object>> objective) {}

  private MmdetNetworks() {}

  static Map<String, NetworkRunner> runners() {
    Map<String, NetworkRunner> runners = new LinkedHashMap<>();
    readings().forEach((family, reading) -> runners.put(family, q -> run(q, family, reading)));
    return runners;
  }

  private static Map<String, Reading> readings() {
    Map<String, Reading> readings = new TreeMap<>(GflCases.readings());
    readings.put("atss", new Reading(MmdetNetworks::atssHead, 0, MmdetNetworks::atssObjective));
    readings.put("fcos", new Reading(MmdetNetworks::fcosHead, 0.5, MmdetNetworks::fcosObjective));
    readings.put(
        "retinanet", new Reading(MmdetNetworks::retinaHead, 0, MmdetNetworks::retinaObjective));
    return readings;
  }

  private static Map<String, Object> fcosHead(JsonNode head) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("distances", head.path("norm_on_bbox").asBoolean() ? "normalized" : "exp");
    keys.put("centerness", head.path("centerness_on_reg").asBoolean() ? "boxes" : "classes");
    if (head.path("conv_bias").asBoolean()) {
      keys.put("bias", true);
    }
    return keys;
  }

  private static Map<String, Object> fcosObjective(JsonNode head) {
    Map<String, Object> keys = focal(head);
    keys.put("box-loss", boxLoss(head, Map.of("IoULoss", "iou", "GIoULoss", "giou")));
    keys.put("box-weight", head.at("/loss_bbox/loss_weight").asDouble());
    keys.put("centerness-weight", head.at("/loss_centerness/loss_weight").asDouble());
    if (head.has("regress_ranges")) {
      List<Double> ends = new ArrayList<>();
      head.get("regress_ranges").forEach(range -> ends.add(range.get(1).asDouble()));
      keys.put("ranges", ends.subList(0, ends.size() - 1));
    }
    if (head.path("center_sampling").asBoolean()) {
      keys.put("center-radius", head.path("center_sample_radius").asDouble(1.5));
    }
    return keys;
  }

  private static Map<String, Object> retinaHead(JsonNode head) {
    JsonNode anchors = head.path("anchor_generator");
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("octave-base-scale", anchors.path("octave_base_scale").asDouble());
    keys.put("scales-per-octave", anchors.path("scales_per_octave").asInt());
    keys.put("ratios", numbers(anchors.path("ratios")));
    keys.put("std", numbers(head.at("/bbox_coder/target_stds")));
    return keys;
  }

  private static Map<String, Object> retinaObjective(JsonNode head) {
    JsonNode assigner = head.at("/train_cfg/assigner");
    Map<String, Object> keys = focal(head);
    keys.put("box-loss", boxLoss(head, Map.of("L1Loss", "l1", "GIoULoss", "giou")));
    keys.put("box-weight", head.at("/loss_bbox/loss_weight").asDouble());
    keys.put("positive-iou", assigner.path("pos_iou_thr").asDouble());
    keys.put("negative-iou", assigner.path("neg_iou_thr").asDouble());
    keys.put("min-positive-iou", assigner.path("min_pos_iou").asDouble());
    return keys;
  }

  private static Map<String, Object> atssHead(JsonNode head) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("octave-base-scale", head.at("/anchor_generator/octave_base_scale").asDouble());
    keys.put("std", numbers(head.at("/bbox_coder/target_stds")));
    return keys;
  }

  private static Map<String, Object> atssObjective(JsonNode head) {
    Map<String, Object> keys = focal(head);
    keys.put("giou-weight", weight(head, "loss_bbox", "GIoULoss"));
    keys.put("centerness-weight", head.at("/loss_centerness/loss_weight").asDouble());
    keys.put("assign-topk", head.at("/train_cfg/assigner/topk").asInt());
    return keys;
  }

  static Map<String, Object> focal(JsonNode head) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("gamma", head.at("/loss_cls/gamma").asDouble());
    keys.put("alpha", head.at("/loss_cls/alpha").asDouble());
    keys.put("cls-weight", head.at("/loss_cls/loss_weight").asDouble());
    return keys;
  }

  /** The weight of a loss, which must be of the type that we compute. */
  static double weight(JsonNode head, String loss, String type) {
    String found = head.path(loss).path("type").asText();
    if (!found.equals(type)) {
      throw new IllegalArgumentException(loss + ": found " + found + ", expected " + type);
    }
    return head.path(loss).path("loss_weight").asDouble();
  }

  /** The box loss, which must be of a type that we compute. */
  private static String boxLoss(JsonNode head, Map<String, String> names) {
    String found = head.at("/loss_bbox/type").asText();
    if (!names.containsKey(found)) {
      throw new IllegalArgumentException(
          "loss_bbox: found " + found + ", expected one of " + names.keySet());
    }
    return names.get(found);
  }

  static List<Double> numbers(JsonNode list) {
    List<Double> numbers = new ArrayList<>();
    list.forEach(number -> numbers.add(number.asDouble()));
    return numbers;
  }

  /**
   * The network that a configuration describes.
   *
   * @param keys of the head besides those that all heads have
   */
  static DetectorSpec spec(
      JsonNode settings, String family, double gridOffset, Map<String, Object> keys) {
    JsonNode backbone = settings.path("backbone");
    JsonNode neck = settings.path("neck");
    JsonNode head = settings.path("head");
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("classes", head.path("num_classes").asInt());
    spec.put("strides", strides(neck));
    spec.put("grid-offset", head.at("/anchor_generator/center_offset").asDouble(gridOffset));
    spec.put(
        "backbone",
        Map.of(
            "depth", backbone.path("depth").asInt(),
            "width", backbone.path("base_channels").asInt(),
            "normalization", backbone.path("norm_eval").asBoolean() ? "frozen_batch" : "batch"));
    spec.put("neck", neck(neck));
    Map<String, Object> ofHead = new LinkedHashMap<>();
    ofHead.put("family", family);
    ofHead.put("depth", head.path("stacked_convs").asInt());
    ofHead.put("channels", head.path("feat_channels").asInt());
    ofHead.putAll(normalization(head.path("norm_cfg")));
    ofHead.putAll(keys);
    spec.put("head", ofHead);
    spec.put("frozen", frozen(backbone.path("frozen_stages").asInt(-1)));
    return DetectorSpec.parse(ConfigLoader.toYaml(spec), "hyperparameters");
  }

  static List<Integer> strides(JsonNode neck) {
    int first = BACKBONE_STRIDES.get(neck.path("start_level").asInt());
    return IntStream.range(0, neck.path("num_outs").asInt()).map(l -> first << l).boxed().toList();
  }

  static Map<String, Object> neck(JsonNode neck) {
    JsonNode extra = neck.path("add_extra_convs");
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("channels", neck.path("out_channels").asInt());
    keys.put(
        "extra-levels",
        extra.isTextual() ? extra.asText() : extra.asBoolean() ? "on_input" : "max_pool");
    keys.put("extra-relu", neck.path("relu_before_extra_convs").asBoolean());
    return keys;
  }

  private static Map<String, Object> normalization(JsonNode norm) {
    return switch (norm.path("type").asText()) {
      case "GN" -> Map.of("normalization", "group", "groups", norm.path("num_groups").asInt());
      case "BN" -> Map.of("normalization", "frozen_batch");
      default -> Map.of("normalization", "none");
    };
  }

  static List<String> frozen(int stages) {
    List<String> frozen = new ArrayList<>();
    if (stages >= 0) {
      frozen.addAll(List.of("backbone.conv1", "backbone.bn1"));
    }
    for (int stage = 1; stage <= stages; stage++) {
      frozen.add("backbone.layer" + stage);
    }
    return frozen;
  }

  static DetectionDecoder.Limits limits(JsonNode test) {
    DetectionDecoder.Limits usual = DetectionDecoder.Limits.DEFAULT;
    return new DetectionDecoder.Limits(
        test.path("score_thr").asDouble(usual.scoreThreshold()),
        test.path("nms").path("iou_threshold").asDouble(usual.nmsIou()),
        test.path("nms_pre").asInt(usual.perLevel()),
        test.path("max_per_img").asInt(usual.limit()));
  }

  private static NetworkResult run(NetworkCase golden, String family, Reading reading) {
    JsonNode head = golden.settings().path("head");
    DetectorSpec spec =
        spec(golden.settings(), family, reading.gridOffset(), reading.head().apply(head));
    Detector detector = Detectors.create(spec, golden.manager(), 0);
    golden.load(detector.parameters());
    Outputs<NDArray> outputs = detector.forward(golden.images(), Mode.TRAIN);
    CaseResult result = new CaseResult();
    for (TensorRole role : outputs.roles()) {
      for (int level = 0; level < outputs.get(role).size(); level++) {
        String name = role == TensorRole.JOINT_SCORE ? "score" : role.prefix();
        result.floats(name + "_l" + level, outputs.get(role, level));
      }
    }
    addDetections(result, golden, spec, outputs, limits(head.path("test_cfg")));
    JsonNode size = golden.settings().path("image_hw");
    PriorGrid priors =
        Families.of(spec)
            .priors(
                spec, PriorGrid.levels(size.get(0).asInt(), size.get(1).asInt(), spec.strides()));
    Map<String, Object> objective = TrainedFamilies.settings(spec, reading.objective().apply(head));
    TrainedFamily trained = TrainedFamilies.of(spec, priors, objective, List.of());
    BatchTargets targets = trained.targets(golden.objects());
    Losses losses =
        new Objective(trained, List.of())
            .losses(outputs, List.of(), targets, TrainingProgress.START);
    addLosses(result, losses, targets, Rows.zero(outputs.get(TensorRole.CLASS_LOGITS, 0)));
    return NetworkResult.of(result, losses.total(), detector.parameters());
  }

  static void addDetections(
      CaseResult result,
      NetworkCase golden,
      DetectorSpec spec,
      Outputs<NDArray> outputs,
      DetectionDecoder.Limits limits) {
    JsonNode size = golden.settings().path("image_hw");
    DetectionDecoder decoder =
        DetectionDecoder.of(spec, size.get(0).asInt(), size.get(1).asInt(), limits);
    List<Outputs<float[]>> images = ImageOutputs.of(outputs);
    for (int n = 0; n < images.size(); n++) {
      JsonNode valid = golden.settings().path("valid_hw").path(n);
      List<Detection> found =
          decoder.decode(images.get(n), valid.path(1).floatValue(), valid.path(0).floatValue());
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
