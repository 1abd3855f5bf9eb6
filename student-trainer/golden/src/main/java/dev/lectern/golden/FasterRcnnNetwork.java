package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.fasterxml.jackson.databind.JsonNode;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.Proposals;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.Instances;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.fasterrcnn.FasterRcnnTargets;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.Losses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Network cases of Faster R-CNN as MMDetection has it. */
final class FasterRcnnNetwork {
  private FasterRcnnNetwork() {}

  static NetworkResult run(NetworkCase golden) {
    JsonNode settings = golden.settings();
    DetectorSpec spec = spec(settings);
    Detector detector = Detectors.create(spec, golden.manager(), 0);
    golden.load(detector.parameters());
    Outputs<NDArray> outputs = detector.forward(golden.images(), Mode.TRAIN);
    CaseResult result = new CaseResult();
    for (int level = 0; level < spec.levels(); level++) {
      result
          .floats("fpn_l" + level, outputs.get(TensorRole.FEATURES, level))
          .floats("rpn_cls_l" + level, outputs.get(TensorRole.QUALITY, level))
          .floats("rpn_delta_l" + level, outputs.get(TensorRole.BOX_DELTAS, level));
    }
    List<GroundTruth> objects = objects(golden);
    SecondStage second = detector.secondStage().orElseThrow();
    NDList features = new NDList(outputs.get(TensorRole.FEATURES));
    addProposals(
        result,
        second,
        second.propose(outputs, limits(settings.at("/train_cfg/rpn_proposal")), canvases(objects)),
        features);
    Outputs<NDArray> instances =
        Instances.with(outputs, second, Families.of(spec).instances(spec), canvases(objects));
    MmdetNetworks.addDetections(
        result,
        golden,
        spec,
        instances.only(Families.of(spec).instances(spec).keySet()),
        MmdetNetworks.limits(settings.at("/test_cfg/rcnn")));
    JsonNode size = settings.path("image_hw");
    PriorGrid priors =
        Families.of(spec)
            .priors(
                spec, PriorGrid.levels(size.get(0).asInt(), size.get(1).asInt(), spec.strides()));
    TrainedFamily trained =
        TrainedFamilies.of(
                spec, priors, TrainedFamilies.settings(spec, objective(settings)), List.of())
            .on(detector, 0);
    BatchTargets prepared = trained.targets(objects);
    FasterRcnnTargets targets =
        (FasterRcnnTargets) trained.targets(prepared, outputs, TrainingProgress.START);
    Losses losses =
        new Objective(trained, List.of())
            .losses(outputs, List.of(), prepared, TrainingProgress.START);
    addLosses(result, losses, targets, Rows.zero(outputs.get(TensorRole.QUALITY, 0)));
    result.scalar("acc", accuracy(second.look(features, targets.looking().boxes()), targets));
    return NetworkResult.of(result, losses.total(), detector.parameters());
  }

  private static DetectorSpec spec(JsonNode settings) {
    JsonNode backbone = settings.path("backbone");
    JsonNode rpn = settings.path("rpn_head");
    JsonNode extractor = settings.at("/roi_head/bbox_roi_extractor");
    JsonNode box = settings.at("/roi_head/bbox_head");
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("family", "faster_rcnn");
    head.put("octave-base-scale", only(rpn.at("/anchor_generator/scales")));
    head.put("ratios", MmdetNetworks.numbers(rpn.at("/anchor_generator/ratios")));
    head.put("channels", rpn.path("feat_channels").asInt());
    head.put("depth", rpn.path("num_convs").asInt(1));
    head.put("roi-size", extractor.at("/roi_layer/output_size").asInt());
    head.put("sampling", extractor.at("/roi_layer/sampling_ratio").asInt());
    JsonNode strides = extractor.path("featmap_strides");
    head.put("roi-stride", strides.get(strides.size() - 1).asInt());
    head.put("hidden", box.path("fc_out_channels").asInt());
    head.put("std", MmdetNetworks.numbers(box.at("/bbox_coder/target_stds")));
    head.put("class-agnostic", box.path("reg_class_agnostic").asBoolean());
    Proposals.Limits limits = limits(settings.at("/test_cfg/rpn"));
    head.put("candidates", limits.perLevel());
    head.put("proposal-iou", limits.iou());
    head.put("proposals", limits.count());
    head.put("min-side", Math.max(0, limits.minSide()));
    requireAll(rpn.at("/bbox_coder/target_stds"), 1, "rpn_head.bbox_coder.target_stds");
    requireAll(rpn.at("/bbox_coder/target_means"), 0, "rpn_head.bbox_coder.target_means");
    requireAll(box.at("/bbox_coder/target_means"), 0, "bbox_head.bbox_coder.target_means");
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("classes", box.path("num_classes").asInt());
    spec.put("strides", MmdetNetworks.strides(settings.path("neck")));
    spec.put("grid-offset", rpn.at("/anchor_generator/center_offset").asDouble(0));
    spec.put(
        "backbone",
        Map.of(
            "depth", backbone.path("depth").asInt(),
            "width", backbone.path("base_channels").asInt(),
            "normalization", backbone.path("norm_eval").asBoolean() ? "frozen_batch" : "batch"));
    spec.put("neck", MmdetNetworks.neck(settings.path("neck")));
    spec.put("head", head);
    spec.put("frozen", MmdetNetworks.frozen(backbone.path("frozen_stages").asInt(-1)));
    return DetectorSpec.parse(ConfigLoader.toYaml(spec), "hyperparameters");
  }

  private static double only(JsonNode list) {
    if (list.size() != 1) {
      throw new IllegalArgumentException("scales: found " + list + ", expected one");
    }
    return list.get(0).asDouble();
  }

  private static void requireAll(JsonNode list, double expected, String key) {
    for (JsonNode number : list) {
      if (number.asDouble() != expected) {
        throw new IllegalArgumentException(key + ": found " + list + ", expected " + expected);
      }
    }
  }

  private static Proposals.Limits limits(JsonNode proposals) {
    return new Proposals.Limits(
        proposals.path("nms_pre").asInt(),
        proposals.at("/nms/iou_threshold").asDouble(),
        proposals.path("max_per_img").asInt(),
        proposals.path("min_bbox_size").asDouble(-1));
  }

  private static Map<String, Object> objective(JsonNode settings) {
    JsonNode rpn = settings.at("/train_cfg/rpn");
    JsonNode rcnn = settings.at("/train_cfg/rcnn");
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("rpn-positive-iou", rpn.at("/assigner/pos_iou_thr").asDouble());
    keys.put("rpn-negative-iou", rpn.at("/assigner/neg_iou_thr").asDouble());
    keys.put("rpn-min-positive-iou", rpn.at("/assigner/min_pos_iou").asDouble());
    keys.put("rpn-samples", rpn.at("/sampler/num").asInt());
    keys.put("rpn-positive-share", rpn.at("/sampler/pos_fraction").asDouble());
    JsonNode rpnHead = settings.path("rpn_head");
    keys.put("rpn-cls-weight", rpnHead.at("/loss_cls/loss_weight").asDouble());
    keys.put("rpn-box-weight", rpnHead.at("/loss_bbox/loss_weight").asDouble());
    keys.put("rpn-box-beta", beta(rpnHead.path("loss_bbox")));
    Proposals.Limits limits = limits(settings.at("/train_cfg/rpn_proposal"));
    keys.put("candidates", limits.perLevel());
    keys.put("proposal-iou", limits.iou());
    keys.put("proposals", limits.count());
    keys.put("min-side", Math.max(0, limits.minSide()));
    keys.put("positive-iou", rcnn.at("/assigner/pos_iou_thr").asDouble());
    keys.put("negative-iou", rcnn.at("/assigner/neg_iou_thr").asDouble());
    keys.put("samples", rcnn.at("/sampler/num").asInt());
    keys.put("positive-share", rcnn.at("/sampler/pos_fraction").asDouble());
    JsonNode box = settings.at("/roi_head/bbox_head");
    keys.put("cls-weight", box.at("/loss_cls/loss_weight").asDouble());
    keys.put("box-weight", box.at("/loss_bbox/loss_weight").asDouble());
    keys.put("box-beta", beta(box.path("loss_bbox")));
    return keys;
  }

  private static double beta(JsonNode loss) {
    return switch (loss.path("type").asText()) {
      case "L1Loss" -> 0;
      case "SmoothL1Loss" -> loss.path("beta").asDouble(1);
      default ->
          throw new IllegalArgumentException(
              "loss_bbox: found " + loss.path("type") + ", expected L1Loss or SmoothL1Loss");
    };
  }

  private static List<GroundTruth> objects(NetworkCase golden) {
    List<GroundTruth> objects = new ArrayList<>();
    JsonNode valid = golden.settings().path("valid_hw");
    for (GroundTruth truth : golden.objects()) {
      JsonNode own = valid.get(objects.size());
      objects.add(
          new GroundTruth(
              truth.boxes(),
              truth.labels(),
              new GroundTruth.Extent(own.get(0).asDouble(), own.get(1).asDouble())));
    }
    return objects;
  }

  private static List<float[]> canvases(List<GroundTruth> objects) {
    return objects.stream()
        .map(truth -> new float[] {(float) truth.valid().width(), (float) truth.valid().height()})
        .toList();
  }

  private static void addProposals(
      CaseResult result, SecondStage second, List<Proposals> proposals, NDList features) {
    for (int n = 0; n < proposals.size(); n++) {
      result
          .floats("proposals_img" + n, proposals.get(n).boxes())
          .floats("proposal_score_img" + n, proposals.get(n).scores());
    }
    SecondStage.Answer look =
        second.look(features, proposals.stream().map(Proposals::boxes).toList());
    result.floats("roi_cls", look.logits()).floats("roi_reg", look.deltas());
  }

  /** Per cent of the sampled boxes whose class has the largest logit. */
  private static NDArray accuracy(SecondStage.Answer look, FasterRcnnTargets targets) {
    long[] best = look.logits().stopGradient().argMax(1).toLongArray();
    int[] labels = targets.looking().labels();
    long right = IntStream.range(0, labels.length).filter(i -> best[i] == labels[i]).count();
    return look.logits().getManager().create(100f * right / Math.max(1, labels.length));
  }

  private static void addLosses(
      CaseResult result, Losses losses, FasterRcnnTargets targets, NDArray zero) {
    result.scalar("loss", losses.total());
    Function<int[], int[]> bounds =
        rows -> {
          int[] starts = new int[targets.rows().levels() + 1];
          for (int row : rows) {
            starts[targets.rows().levelOf(row) + 1]++;
          }
          for (int level = 1; level < starts.length; level++) {
            starts[level] += starts[level - 1];
          }
          return starts;
        };
    losses.byName().forEach(result::scalar);
    result
        .levels(
            "loss_rpn_cls",
            zero,
            losses.addends("loss_rpn_cls"),
            List.of(bounds.apply(targets.proposing().rows())))
        .levels(
            "loss_rpn_bbox",
            zero,
            losses.addends("loss_rpn_bbox"),
            List.of(bounds.apply(targets.proposing().positives())));
  }
}
