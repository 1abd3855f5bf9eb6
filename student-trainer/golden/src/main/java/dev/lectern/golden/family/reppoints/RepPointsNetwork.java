package dev.lectern.golden.family.reppoints;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.PointsDecoder;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.Outputs;
import dev.lectern.golden.CaseResult;
import dev.lectern.golden.MmdetNetworks;
import dev.lectern.golden.MmdetParts;
import dev.lectern.golden.NetworkCase;
import dev.lectern.golden.NetworkResult;
import dev.lectern.golden.Settings;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.reppoints.RepPointsTargets;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.objective.Losses;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Network cases of RepPoints as MMDetection has it. */
public final class RepPointsNetwork {
  private RepPointsNetwork() {}

  public static NetworkResult run(NetworkCase golden) {
    Settings settings = golden.settings();
    Settings head = settings.at("head");
    DetectorSpec spec =
        MmdetNetworks.spec(
            settings,
            golden,
            "reppoints",
            0,
            0,
            keys(head, MmdetParts.strides(settings.at("neck"))));
    Map<String, Object> objective = TrainedFamilies.settings(spec, objective(head));
    DetectionDecoder.Limits limits = MmdetParts.limits(head.at("test_cfg"));
    settings.requireAllRead();
    Detector detector = Detectors.create(spec, golden.manager(), 0);
    golden.loadAll(detector.parameters());
    Outputs<NDArray> outputs = detector.forward(golden.images(), Mode.TRAIN);
    CaseResult result = new CaseResult();
    for (int level = 0; level < spec.levels(); level++) {
      NDArray refined = outputs.get(TensorRole.BOX_POINTS, level);
      result
          .floats("fpn_l" + level, outputs.get(TensorRole.FEATURES, level))
          .floats("cls_l" + level, outputs.get(TensorRole.CLASS_LOGITS, level))
          .floats("pts_init_l" + level, outputs.get(TensorRole.INITIAL_POINTS, level))
          .floats("pts_refine_l" + level, refined.get(":, :" + PointsDecoder.COORDINATES));
    }
    MmdetNetworks.addDetections(result, golden, spec, outputs, limits);
    TrainedFamily trained =
        TrainedFamilies.of(spec, MmdetNetworks.priors(golden, spec), objective, List.of());
    BatchTargets prepared = trained.targets(golden.objects());
    Losses losses =
        new Objective(trained, List.of())
            .losses(outputs, List.of(), prepared, TrainingProgress.START);
    addLosses(
        result,
        losses,
        (RepPointsTargets) trained.targets(prepared, outputs),
        Rows.zero(outputs.get(TensorRole.CLASS_LOGITS, 0)));
    return NetworkResult.of(result, losses.total(), detector.parameters());
  }

  private static Map<String, Object> keys(Settings head, List<Integer> strides) {
    head.only("type", "RepPointsHead");
    head.only("num_points", 9);
    head.only("use_grid_points", false);
    head.only("center_init", true);
    head.only("transform_method", "moment");
    head.only("moment_mul", 0.01);
    head.require(
        head.integers("point_strides", strides).equals(strides),
        "point_strides",
        strides.toString());
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("point-channels", head.integer("point_feat_channels", 256));
    keys.put("gradient-share", head.number("gradient_mul", 0.1));
    return keys;
  }

  private static Map<String, Object> objective(Settings head) {
    Settings nearest = MmdetParts.assigner(head.at("train_cfg").at("init"), "PointAssigner");
    Settings overlap = MmdetParts.assigner(head.at("train_cfg").at("refine"), "MaxIoUAssigner");
    Settings initial = MmdetParts.loss(head, "loss_bbox_init");
    Settings refined = MmdetParts.loss(head, "loss_bbox_refine");
    initial.only("type", "SmoothL1Loss");
    refined.only("type", "SmoothL1Loss");
    double beta = initial.number("beta", head.has("loss_bbox_init") ? 1 : 1.0 / 9);
    refined.require(
        beta == refined.number("beta", head.has("loss_bbox_refine") ? 1 : 1.0 / 9),
        "beta",
        "that of loss_bbox_init");
    Map<String, Object> keys = MmdetParts.focal(head);
    keys.put("initial-weight", initial.number("loss_weight", head.has("loss_bbox_init") ? 1 : 0.5));
    keys.put("refined-weight", refined.number("loss_weight", 1));
    keys.put("smooth-beta", beta);
    keys.put("base-scale", head.number("point_base_scale", 4));
    keys.put("assign-scale", nearest.number("scale", 4));
    keys.put("assign-points", nearest.integer("pos_num", 3));
    keys.putAll(MmdetParts.maxIou(overlap, ""));
    return keys;
  }

  private static void addLosses(
      CaseResult result, Losses losses, RepPointsTargets targets, NDArray zero) {
    result.scalar("loss", losses.total());
    int levels = targets.rows().levels();
    int[] rows = IntStream.rangeClosed(0, levels).map(targets.rows()::start).toArray();
    int[] initial = targets.initial().positives().bounds();
    int[] refined = targets.refined().positives().bounds();
    losses
        .byName()
        .forEach(
            (name, value) -> {
              List<NDArray> addends = losses.addends(name);
              List<int[]> bounds =
                  switch (name) {
                    case "loss_cls" -> List.of(rows, refined).subList(0, addends.size());
                    case "loss_pts_init" ->
                        Collections.nCopies(Math.max(1, addends.size()), initial);
                    default -> Collections.nCopies(Math.max(1, addends.size()), refined);
                  };
              result.scalar(name, value).levels(name, zero, addends, bounds);
            });
  }
}
