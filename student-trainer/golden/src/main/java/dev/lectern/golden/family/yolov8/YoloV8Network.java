package dev.lectern.golden.family.yolov8;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.box.NonMaximumSuppression;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.ImageOutputs;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.golden.CaseResult;
import dev.lectern.golden.NetworkCase;
import dev.lectern.golden.NetworkResult;
import dev.lectern.golden.Settings;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.objective.Losses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Network cases of YOLOv8, described as Ultralytics' model files do. */
public final class YoloV8Network {
  private static final List<Integer> STRIDES = List.of(8, 16, 32);
  private static final double NMS_IOU = 0.6;
  private static final int COLUMNS = 6;

  /** Where each layer of yolov8.yaml reads from, and its kind. */
  private static final List<String> BACKBONE =
      List.of(
          "-1 Conv", "-1 Conv", "-1 C2f", "-1 Conv", "-1 C2f", "-1 Conv", "-1 C2f", "-1 Conv",
          "-1 C2f", "-1 SPPF");

  private static final List<String> HEAD =
      List.of(
          "-1 nn.Upsample",
          "[-1,6] Concat",
          "-1 C2f",
          "-1 nn.Upsample",
          "[-1,4] Concat",
          "-1 C2f",
          "-1 Conv",
          "[-1,12] Concat",
          "-1 C2f",
          "-1 Conv",
          "[-1,9] Concat",
          "-1 C2f",
          "[15,18,21] Detect");

  private YoloV8Network() {}

  public static NetworkResult run(NetworkCase golden) {
    Settings settings = golden.settings();
    DetectorSpec spec = spec(settings.at("yaml"));
    Map<String, Object> objective = TrainedFamilies.settings(spec, objective(settings));
    double suppression = settings.number("iou", NMS_IOU);
    settings.ignore("conf", "max_det"); // a case says how many detections it lists
    settings.requireAllRead();
    Detector detector = Detectors.create(spec, golden.manager(), 0);
    golden.loadAll(detector.parameters());
    NDArray images = golden.images();
    Outputs<NDArray> outputs = detector.forward(images, Mode.EVALUATE);
    CaseResult result = new CaseResult();
    NDList raw = new NDList();
    for (int level = 0; level < STRIDES.size(); level++) {
      result.floats("neck_l" + level, outputs.get(TensorRole.FEATURES, level));
      NDArray both =
          outputs
              .get(TensorRole.BOX_DISTRIBUTION, level)
              .concat(outputs.get(TensorRole.CLASS_LOGITS, level), 1);
      result.floats("raw_l" + level, both);
      raw.add(both.reshape(both.getShape().get(0), both.getShape().get(1), -1));
    }
    result.floats("raw_concat", NDArrays.concat(raw, 2));
    Shape shape = images.getShape();
    int count = (int) shape.get(0);
    int height = (int) shape.get(2);
    int width = (int) shape.get(3);
    PriorGrid priors =
        Families.of(spec).priors(spec, PriorGrid.levels(height, width, spec.strides()));
    addDecoded(result, golden, spec, priors, ImageOutputs.of(outputs), suppression);
    TrainedFamily trained = TrainedFamilies.of(spec, priors, objective, List.of());
    List<GroundTruth> objects =
        YoloCases.images(golden.input("targets").floats(), new double[] {height, width}, count);
    Losses losses =
        new Objective(trained, List.of())
            .losses(outputs, List.of(), trained.targets(objects), TrainingProgress.START);
    NDArray total = losses.total();
    result
        .scalar("loss", total)
        .scalar("loss_box", perImage(losses, "loss_bbox", count))
        .scalar("loss_cls", perImage(losses, "loss_cls", count))
        .scalar("loss_dfl", perImage(losses, "loss_dfl", count));
    return NetworkResult.of(result, total, detector.parameters());
  }

  /** The reference reports its losses without the factor that its total has. */
  private static NDArray perImage(Losses losses, String name, int images) {
    NDArray loss = losses.byName().get(name);
    return loss.mul(Constants.of(loss, 1.0 / images));
  }

  private static DetectorSpec spec(Settings yaml) {
    yaml.only("activation", "nn.SiLU()");
    yaml.only("ch", 3);
    yaml.only("reg_max", 16);
    yaml.ignore("yaml_file");
    Settings scales = yaml.at("scales");
    String name = yaml.text("scale", "n");
    List<Double> scale = scales.numbers(name, List.of(1.0, 1.0, Double.POSITIVE_INFINITY));
    yaml.ignore("scales"); // the others are those of other networks
    double depth = scale.get(0) * yaml.number("depth_multiple", 1);
    double width = scale.get(1) * yaml.number("width_multiple", 1);
    double largest = scale.size() > 2 ? scale.get(2) : Double.POSITIVE_INFINITY;
    requireModules(yaml, "backbone", BACKBONE);
    requireModules(yaml, "head", HEAD);
    List<Integer> channels = new ArrayList<>();
    List<Integer> blocks = new ArrayList<>();
    int pool = 0;
    for (JsonNode layer : yaml.list("backbone")) {
      JsonNode arguments = layer.get(3);
      int out = (int) Math.ceil(Math.min(arguments.get(0).asInt(), largest) * width / 8) * 8;
      switch (layer.get(2).asText()) {
        case "Conv" -> channels.add(out);
        case "C2f" -> blocks.add(repeats(layer, depth));
        default -> pool = arguments.get(1).asInt(5);
      }
    }
    int neckBlocks = 0;
    for (JsonNode layer : yaml.list("head")) {
      neckBlocks = layer.get(2).asText().equals("C2f") ? repeats(layer, depth) : neckBlocks;
    }
    Map<String, Object> spec =
        Map.of(
            "classes", yaml.integer("nc", 80),
            "strides", STRIDES,
            "backbone",
                Map.of("name", "csp_darknet", "channels", channels, "blocks", blocks, "pool", pool),
            "neck", Map.of("name", "pan", "blocks", neckBlocks),
            "head", Map.of("family", "yolov8"));
    return DetectorSpec.parse(ConfigLoader.toYaml(spec), "hyperparameters");
  }

  /** Refuses another network than that of yolov8.yaml. */
  private static void requireModules(Settings yaml, String key, List<String> expected) {
    List<String> found = new ArrayList<>();
    for (JsonNode layer : yaml.list(key)) {
      found.add(layer.path(0) + " " + layer.path(2).asText());
    }
    yaml.require(found.equals(expected), key, "the layers of yolov8.yaml");
  }

  private static int repeats(JsonNode layer, double depth) {
    int repeats = layer.get(1).asInt();
    return repeats == 1 ? 1 : (int) Math.max(Math.rint(repeats * depth), 1);
  }

  private static Map<String, Object> objective(Settings settings) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("box-weight", settings.number("box", 7.5));
    keys.put("cls-weight", settings.number("cls", 0.5));
    keys.put("dfl-weight", settings.number("dfl", 1.5));
    keys.put("assign-topk", settings.integer("tal_topk", 10));
    keys.put("alpha", settings.number("tal_alpha", 0.5));
    keys.put("beta", settings.number("tal_beta", 6));
    return keys;
  }

  private static void addDecoded(
      CaseResult result,
      NetworkCase golden,
      DetectorSpec spec,
      PriorGrid priors,
      List<Outputs<float[]>> images,
      double suppression) {
    BoxDecoder decoder = Families.of(spec).decoder(spec);
    int count = priors.positions();
    int classes = spec.classes();
    float[] decoded = new float[images.size() * (4 + classes) * count];
    for (int n = 0; n < images.size(); n++) {
      int at = n * (4 + classes) * count;
      float[] boxes = new float[4 * count];
      float[] scores = new float[count];
      int[] labels = new int[count];
      for (int i = 0; i < count; i++) {
        int level = priors.levelOf(i);
        int prior = i - priors.start(level);
        double[] box = decoder.box(images.get(n), priors, level, prior);
        for (int axis = 0; axis < 2; axis++) {
          decoded[at + axis * count + i] = (float) ((box[axis] + box[axis + 2]) / 2);
          decoded[at + (2 + axis) * count + i] = (float) (box[axis + 2] - box[axis]);
          boxes[4 * i + axis] = (float) box[axis];
          boxes[4 * i + 2 + axis] = (float) box[axis + 2];
        }
        float[] logits = images.get(n).get(TensorRole.CLASS_LOGITS, level);
        for (int k = 0; k < classes; k++) {
          float score = (float) (1 / (1 + Math.exp(-logits[k * priors.count(level) + prior])));
          decoded[at + (4 + k) * count + i] = score;
          if (score > scores[i]) {
            scores[i] = score;
            labels[i] = k;
          }
        }
      }
      int listed = golden.size("det_img" + n) / COLUMNS;
      result.floats("det_img" + n, detections(boxes, scores, labels, suppression, listed));
    }
    result.floats("decoded", decoded);
  }

  /**
   * The strongest detections. The reference keeps the best class of each point, suppresses per
   * class and leaves boxes unclipped; how many it lists depends on a threshold that cases omit.
   */
  private static float[] detections(
      float[] boxes, float[] scores, int[] labels, double suppression, int listed) {
    int[] kept = NonMaximumSuppression.keep(boxes, scores, labels, suppression, listed);
    float[] detections = new float[COLUMNS * kept.length];
    for (int d = 0; d < kept.length; d++) {
      System.arraycopy(boxes, 4 * kept[d], detections, COLUMNS * d, 4);
      detections[COLUMNS * d + 4] = scores[kept[d]];
      detections[COLUMNS * d + 5] = labels[kept[d]];
    }
    return detections;
  }
}
