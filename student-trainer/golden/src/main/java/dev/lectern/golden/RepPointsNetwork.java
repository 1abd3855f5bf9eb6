package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.PointsDecoder;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
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
final class RepPointsNetwork {
  private RepPointsNetwork() {}

  static NetworkResult run(NetworkCase golden) {
    JsonNode head = golden.settings().path("head");
    DetectorSpec spec = MmdetNetworks.spec(golden.settings(), "reppoints", 0, keys(head));
    Detector detector = Detectors.create(spec, golden.manager(), 0);
    golden.load(detector.parameters());
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
    MmdetNetworks.addDetections(
        result, golden, spec, outputs, MmdetNetworks.limits(head.path("test_cfg")));
    JsonNode size = golden.settings().path("image_hw");
    PriorGrid priors =
        Families.of(spec)
            .priors(
                spec, PriorGrid.levels(size.get(0).asInt(), size.get(1).asInt(), spec.strides()));
    TrainedFamily trained =
        TrainedFamilies.of(
            spec, priors, TrainedFamilies.settings(spec, objective(head)), List.of());
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

  private static Map<String, Object> keys(JsonNode head) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("point-channels", head.path("point_feat_channels").asInt());
    keys.put("gradient-share", head.path("gradient_mul").asDouble());
    return keys;
  }

  private static Map<String, Object> objective(JsonNode head) {
    JsonNode nearest = head.at("/train_cfg/init/assigner");
    JsonNode overlap = head.at("/train_cfg/refine/assigner");
    double beta = head.at("/loss_bbox_init/beta").asDouble();
    if (beta != head.at("/loss_bbox_refine/beta").asDouble()) {
      throw new IllegalArgumentException("loss_bbox_refine: expected the beta of loss_bbox_init");
    }
    Map<String, Object> keys = MmdetNetworks.focal(head);
    keys.put("initial-weight", head.at("/loss_bbox_init/loss_weight").asDouble());
    keys.put("refined-weight", head.at("/loss_bbox_refine/loss_weight").asDouble());
    keys.put("smooth-beta", beta);
    keys.put("base-scale", head.path("point_base_scale").asDouble());
    keys.put("assign-scale", nearest.path("scale").asDouble());
    keys.put("assign-points", nearest.path("pos_num").asInt());
    keys.put("positive-iou", overlap.path("pos_iou_thr").asDouble());
    keys.put("negative-iou", overlap.path("neg_iou_thr").asDouble());
    keys.put("min-positive-iou", overlap.path("min_pos_iou").asDouble());
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
