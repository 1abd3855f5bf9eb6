package dev.lectern.golden.family.fasterrcnn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.Proposals;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.Instances;
import dev.lectern.detector.network.Outputs;
import dev.lectern.golden.CaseResult;
import dev.lectern.golden.MmdetNetworks;
import dev.lectern.golden.MmdetParts;
import dev.lectern.golden.NetworkCase;
import dev.lectern.golden.NetworkResult;
import dev.lectern.golden.Settings;
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
public final class FasterRcnnNetwork {
  private FasterRcnnNetwork() {}

  public static NetworkResult run(NetworkCase golden) {
    Settings settings = golden.settings();
    settings.ignore("data_preprocessor", "init_cfg");
    settings.only("type", "FasterRCNN");
    DetectorSpec spec = spec(settings, golden);
    Map<String, Object> objective = TrainedFamilies.settings(spec, objective(settings));
    Settings training = settings.at("train_cfg");
    Settings test = settings.at("test_cfg");
    Proposals.Limits proposed = limits(training.at("rpn_proposal"));
    DetectionDecoder.Limits detected = MmdetParts.limits(test.at("rcnn"));
    settings.requireAllRead();
    Detector detector = Detectors.create(spec, golden.manager(), 0);
    golden.loadAll(detector.parameters());
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
    addProposals(result, second, second.propose(outputs, proposed, canvases(objects)), features);
    Outputs<NDArray> instances =
        Instances.with(outputs, second, Families.of(spec).instances(spec), canvases(objects));
    MmdetNetworks.addDetections(
        result, golden, spec, instances.only(Families.of(spec).instances(spec).keySet()), detected);
    TrainedFamily trained =
        TrainedFamilies.of(spec, MmdetNetworks.priors(golden, spec), objective, List.of())
            .on(detector, 0);
    BatchTargets prepared = trained.targets(objects);
    FasterRcnnTargets targets =
        (FasterRcnnTargets) trained.targets(prepared, outputs, TrainingProgress.START);
    Losses losses =
        new Objective(trained, List.of())
            .losses(outputs, List.of(), prepared, TrainingProgress.START);
    addLosses(result, losses, targets, Rows.zero(outputs.get(TensorRole.QUALITY, 0)));
    result.scalar("acc", accuracy(second.predict(features, targets.looking().boxes()), targets));
    return NetworkResult.of(result, losses.total(), detector.parameters());
  }

  private static DetectorSpec spec(Settings settings, NetworkCase golden) {
    Settings backbone = settings.at("backbone");
    Settings neck = settings.at("neck");
    List<Integer> strides = MmdetParts.strides(neck);
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("family", "faster_rcnn");
    Settings rpn = settings.at("rpn_head");
    rpn.only("type", "RPNHead");
    rpn.ignore("in_channels", "init_cfg");
    rpn.only("num_classes", 1);
    Settings anchors = MmdetParts.anchors(rpn, strides);
    List<Double> sizes = MmdetParts.sizes(anchors);
    anchors.require(sizes.size() == 1, "scales", "one");
    head.put("octave-base-scale", sizes.get(0));
    head.put("ratios", anchors.numbers("ratios", List.of(0.5, 1.0, 2.0)));
    head.put("channels", rpn.integer("feat_channels", 256));
    head.put("depth", rpn.integer("num_convs", 1));
    rpn.require(
        MmdetParts.deviations(rpn).stream().allMatch(d -> d == 1),
        "bbox_coder",
        "target_stds of 1");
    Settings roi = settings.at("roi_head");
    roi.only("type", "StandardRoIHead");
    Settings extractor = roi.at("bbox_roi_extractor");
    extractor.only("type", "SingleRoIExtractor");
    extractor.only("finest_scale", 56);
    extractor.ignore("out_channels", "init_cfg");
    Settings align = extractor.at("roi_layer");
    align.only("type", "RoIAlign");
    align.only("aligned", true);
    align.only("pool_mode", "avg");
    align.ignore("use_torchvision");
    int size = align.integer("output_size", 7);
    head.put("roi-size", size);
    head.put("sampling", align.integer("sampling_ratio", 0));
    List<Integer> pooled = extractor.integers("featmap_strides", List.of(4, 8, 16, 32));
    extractor.require(
        pooled.equals(strides.subList(0, Math.min(pooled.size(), strides.size()))),
        "featmap_strides",
        "the first of " + strides);
    head.put("roi-stride", pooled.get(pooled.size() - 1));
    Settings box = roi.at("bbox_head");
    box.only("type", "Shared2FCBBoxHead");
    box.only("roi_feat_size", size);
    box.only("with_avg_pool", false);
    box.only("reg_decoded_bbox", false);
    box.ignore("in_channels", "init_cfg");
    head.put("hidden", box.integer("fc_out_channels", 1024));
    head.put("std", boxDeviations(box));
    head.put("class-agnostic", box.flag("reg_class_agnostic", false));
    Proposals.Limits limits = limits(settings.at("test_cfg").at("rpn"));
    head.put("candidates", limits.perLevel());
    head.put("proposal-iou", limits.iou());
    head.put("proposals", limits.count());
    head.put("min-side", Math.max(0, limits.minSide()));
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("classes", box.integer("num_classes", 80));
    spec.put("strides", strides);
    spec.put("grid-offset", anchors.number("center_offset", 0));
    spec.put("backbone", MmdetParts.backbone(backbone));
    spec.put("neck", MmdetParts.neck(neck));
    spec.put("head", head);
    spec.put("frozen", MmdetParts.frozen(backbone, golden));
    return DetectorSpec.parse(ConfigLoader.toYaml(spec), "hyperparameters");
  }

  /** The second stage's; absent it has those of the public code. */
  private static List<Double> boxDeviations(Settings box) {
    return box.has("bbox_coder") ? MmdetParts.deviations(box) : List.of(0.1, 0.1, 0.2, 0.2);
  }

  private static Proposals.Limits limits(Settings proposals) {
    Settings nms = proposals.at("nms");
    nms.only("type", "nms");
    nms.ignore("split_thr");
    return new Proposals.Limits(
        proposals.integer("nms_pre", 1000),
        nms.number("iou_threshold", 0.7),
        proposals.integer("max_per_img", 1000),
        proposals.number("min_bbox_size", -1));
  }

  private static Map<String, Object> objective(Settings settings) {
    Settings training = settings.at("train_cfg");
    Settings rpn = training.at("rpn");
    Settings rcnn = training.at("rcnn");
    Map<String, Object> keys = new LinkedHashMap<>();
    rpn.only("allowed_border", -1);
    rpn.only("pos_weight", -1);
    rpn.ignore("debug");
    keys.putAll(MmdetParts.maxIou(assigner(rpn), "rpn-"));
    sampling(rpn, false, "rpn-", keys);
    Settings rpnHead = settings.at("rpn_head");
    keys.put("rpn-cls-weight", classes(rpnHead, true));
    keys.put("rpn-box-weight", MmdetParts.loss(rpnHead, "loss_bbox").number("loss_weight", 1));
    keys.put("rpn-box-beta", beta(rpnHead));
    Proposals.Limits limits = limits(training.at("rpn_proposal"));
    keys.put("candidates", limits.perLevel());
    keys.put("proposal-iou", limits.iou());
    keys.put("proposals", limits.count());
    keys.put("min-side", Math.max(0, limits.minSide()));
    rcnn.only("pos_weight", -1);
    rcnn.ignore("debug");
    Settings looking = assigner(rcnn);
    looking.require(
        !looking.flag("match_low_quality", true), "match_low_quality", "false in the second stage");
    Map<String, Object> overlaps = MmdetParts.maxIou(looking, "");
    overlaps.remove("min-positive-iou");
    keys.putAll(overlaps);
    sampling(rcnn, true, "", keys);
    Settings box = settings.at("roi_head").at("bbox_head");
    keys.put("cls-weight", classes(box, false));
    keys.put("box-weight", MmdetParts.loss(box, "loss_bbox").number("loss_weight", 1));
    keys.put("box-beta", beta(box));
    return keys;
  }

  private static Settings assigner(Settings stage) {
    Settings assigner = stage.at("assigner");
    assigner.only("type", "MaxIoUAssigner");
    assigner.only("ignore_iof_thr", -1);
    assigner.ignore("iou_calculator", "gpu_assign_thr", "ignore_wrt_candidates");
    return assigner;
  }

  /**
   * How many boxes learn.
   *
   * @param withObjects whether the objects themselves are among the boxes
   */
  private static void sampling(
      Settings stage, boolean withObjects, String prefix, Map<String, Object> keys) {
    Settings sampler = stage.at("sampler");
    sampler.only("type", "RandomSampler");
    sampler.only("neg_pos_ub", -1);
    sampler.require(
        sampler.flag("add_gt_as_proposals", true) == withObjects,
        "add_gt_as_proposals",
        "" + withObjects);
    keys.put(prefix + "samples", sampler.integer("num", withObjects ? 512 : 256));
    keys.put(prefix + "positive-share", sampler.number("pos_fraction", withObjects ? 0.25 : 0.5));
  }

  /** Weight of a stage's cross entropy. */
  private static double classes(Settings head, boolean binary) {
    Settings loss = MmdetParts.loss(head, "loss_cls");
    loss.only("type", "CrossEntropyLoss");
    loss.require(loss.flag("use_sigmoid", false) == binary, "use_sigmoid", "" + binary);
    return loss.number("loss_weight", 1);
  }

  private static double beta(Settings head) {
    Settings loss = MmdetParts.loss(head, "loss_bbox");
    Map<String, Double> usual = Map.of("L1Loss", 0.0, "SmoothL1Loss", 1.0);
    double beta = loss.choice("type", "", usual);
    return beta == 0 ? 0 : loss.number("beta", beta);
  }

  private static List<GroundTruth> objects(NetworkCase golden) {
    List<GroundTruth> objects = new ArrayList<>();
    for (GroundTruth truth : golden.objects()) {
      float[] valid = golden.validSize(objects.size());
      objects.add(
          new GroundTruth(
              truth.boxes(), truth.labels(), new GroundTruth.Extent(valid[0], valid[1])));
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
    SecondStage.Predictions predictions =
        second.predict(features, proposals.stream().map(Proposals::boxes).toList());
    result.floats("roi_cls", predictions.logits()).floats("roi_reg", predictions.deltas());
  }

  /** Per cent of the sampled boxes whose class has the largest logit. */
  private static NDArray accuracy(SecondStage.Predictions predictions, FasterRcnnTargets targets) {
    long[] best = predictions.logits().stopGradient().argMax(1).toLongArray();
    int[] labels = targets.looking().labels();
    long right = IntStream.range(0, labels.length).filter(i -> best[i] == labels[i]).count();
    return predictions.logits().getManager().create(100f * right / Math.max(1, labels.length));
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
