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
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * Network cases of MMDetection's dense detectors: a ResNet, a feature pyramid and a head, each
 * described as MMDetection's configurations do.
 */
public final class MmdetNetworks {
  /**
   * What a family's configuration says, in our keys.
   *
   * @param groups of the family's usual group normalisation; 0 for none
   * @param gridOffset of the priors
   * @param head keys of the student's head that not all heads have, for levels of these strides
   * @param objective of the run
   */
  public record Reading(
      int groups,
      double gridOffset,
      BiFunction<Settings, List<Integer>, Map<String, Object>> head,
      BiFunction<Settings, List<Integer>, Map<String, Object>> objective) {}

  /** Of the usual group normalisation. */
  public static final int GROUPS = 32;

  private MmdetNetworks() {}

  /**
   * The network that a configuration describes.
   *
   * @param keys of the head besides those that all heads have
   */
  public static DetectorSpec spec(
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

  /** Builds the network that a case of a family describes, and computes what the case asks for. */
  public static NetworkResult run(NetworkCase golden, String family, Reading reading) {
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
  public static PriorGrid priors(NetworkCase golden, DetectorSpec spec) {
    int[] size = golden.size();
    return Families.of(spec).priors(spec, PriorGrid.levels(size[0], size[1], spec.strides()));
  }

  public static void addDetections(
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
