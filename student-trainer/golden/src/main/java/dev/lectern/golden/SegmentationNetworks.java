package dev.lectern.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.backbone.Backbone;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.SegmentationFamily;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.ImageOutputs;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.detector.pixel.PixelClasses;
import dev.lectern.detector.pixel.PixelConfusion;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.objective.Losses;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Network cases of PSPNet and DeepLabV3: what their settings omit is read off their weights. */
final class SegmentationNetworks {
  private static final String MOBILENET_STEM = "backbone.0.0.weight";

  private SegmentationNetworks() {}

  static NetworkResult pspnet(NetworkCase question) {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("classes", question.settings().path("num_classes").asInt());
    spec.put("strides", List.of(question.settings().path("output_stride").asInt(8)));
    spec.put("backbone", resnet(question, ""));
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("family", "pspnet");
    head.put("channels", question.weightShape("pspmodule.bottleneck.0.weight")[0]);
    head.put("normalization", "frozen_batch");
    spec.put("head", head);
    return answer(question, parsed(spec), "");
  }

  static NetworkResult deeplabv3(NetworkCase question) {
    JsonNode settings = question.settings();
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("classes", settings.path("num_classes").asInt());
    spec.put("strides", List.of(settings.path("output_stride").asInt(8)));
    spec.put(
        "backbone",
        question.hasWeight(MOBILENET_STEM) ? mobilenet(settings) : resnet(question, "backbone."));
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("family", "deeplabv3");
    head.put("channels", question.weightShape("classifier.1.weight")[0]);
    if (settings.has("atrous_rates")) {
      List<Integer> rates = new ArrayList<>();
      settings.get("atrous_rates").forEach(rate -> rates.add(rate.asInt()));
      head.put("rates", rates);
    }
    head.put("normalization", "frozen_batch");
    spec.put("head", head);
    return answer(question, parsed(spec), "backbone");
  }

  private static DetectorSpec parsed(Map<String, Object> spec) {
    return DetectorSpec.parse(ConfigLoader.toYaml(spec), "hyperparameters");
  }

  private static Map<String, Object> mobilenet(JsonNode settings) {
    Map<String, Object> backbone = new LinkedHashMap<>();
    backbone.put("name", "mobilenet_v2");
    backbone.put("multiplier", settings.path("width_mult").asDouble(1));
    backbone.put("divisor", settings.path("round_nearest").asInt(8));
    backbone.put("normalization", "frozen_batch");
    return backbone;
  }

  private static Map<String, Object> resnet(NetworkCase question, String prefix) {
    Map<String, Object> backbone = new LinkedHashMap<>();
    int thirdStage =
        (int)
            IntStream.iterate(0, block -> block + 1)
                .takeWhile(
                    block -> question.hasWeight(prefix + "layer3." + block + ".conv1.weight"))
                .count();
    boolean bottlenecks = question.hasWeight(prefix + "layer1.0.conv3.weight");
    backbone.put("depth", thirdStage == 2 ? 18 : thirdStage == 23 ? 101 : bottlenecks ? 50 : 34);
    backbone.put("width", question.weightShape(prefix + "conv1.weight")[0]);
    backbone.put("stem", question.hasWeight(prefix + "conv3.weight") ? "conv3x3" : "conv7x7");
    backbone.put("normalization", "frozen_batch");
    return backbone;
  }

  /**
   * @param backbone what stands before the names of the backbone
   */
  private static NetworkResult answer(NetworkCase question, DetectorSpec spec, String backbone) {
    Detector detector = Detectors.create(spec, question.manager(), 0);
    question.load(detector.parameters());
    NDArray images = question.images();
    Shape shape = images.getShape();
    int height = (int) shape.get(2);
    int width = (int) shape.get(3);
    Outputs<NDArray> outputs = detector.forward(images, Mode.TRAIN);
    CaseResult answer = new CaseResult();
    answer
        .floats("logits", outputs.get(TensorRole.CLASS_LOGITS, 0))
        .floats("aux", outputs.get(TensorRole.AUXILIARY_LOGITS, 0))
        .floats("feature_0", outputs.get(TensorRole.FEATURES, 0));
    if (question.asksFor("feature_out")) {
      addMaps(answer, question, spec, backbone);
    }
    List<LabelMap> truth = truth(question, height, width);
    addConfusion(answer, spec, ImageOutputs.of(outputs), truth, height, width);
    SegmentationFamily family = (SegmentationFamily) Families.of(spec);
    Map<String, Object> objective = new LinkedHashMap<>();
    objective.put("auxiliary-weight", question.settings().path("aux_weight").asDouble());
    List<LevelGrid> levels = family.levels(spec, height, width);
    TrainedFamily trained =
        TrainedFamilies.of(
            spec,
            family.priors(spec, levels),
            TrainedFamilies.settings(spec, objective),
            List.of());
    Losses losses =
        new Objective(trained, List.of())
            .losses(
                outputs,
                List.of(),
                trained.targets(truth.stream().map(GroundTruth::of).toList()),
                TrainingProgress.START);
    double weight = question.settings().path("aux_weight").asDouble();
    answer.scalar("loss", losses.total()).scalar("loss_main", losses.byName().get("loss_seg"));
    if (weight > 0) {
      NDArray weighted = losses.byName().get("loss_aux");
      answer.scalar("loss_aux", weighted.mul(question.manager().create((float) (1 / weight))));
    }
    return NetworkResult.of(answer, losses.total(), detector.parameters());
  }

  /** The last map of the backbone and the one that the auxiliary head reads. */
  private static void addMaps(
      CaseResult answer, NetworkCase question, DetectorSpec spec, String backbone) {
    ParameterBuilder builder = new ParameterBuilder(question.manager(), 0, List.of());
    Backbone alone =
        spec.backbone()
            .dilated(backbone.isEmpty() ? builder : builder.at(backbone), spec.strides().get(0));
    question.load(new Parameters(builder.created()));
    List<NDArray> maps = alone.apply(new EagerOperations(Mode.EVALUATE), question.images());
    answer
        .floats("feature_out", maps.get(maps.size() - 1))
        .floats("feature_aux", maps.get(maps.size() - 2));
  }

  private static List<LabelMap> truth(NetworkCase question, int height, int width) {
    int ignored = question.settings().path("ignore_index").asInt(LabelMap.IGNORED);
    long[] labels = question.input("labels").longs();
    byte[] classes = new byte[labels.length];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = (byte) (labels[i] == ignored ? LabelMap.IGNORED : labels[i]);
    }
    int pixels = height * width;
    return IntStream.range(0, classes.length / pixels)
        .mapToObj(
            n ->
                new LabelMap(
                    width, height, Arrays.copyOfRange(classes, n * pixels, (n + 1) * pixels)))
        .toList();
  }

  private static void addConfusion(
      CaseResult answer,
      DetectorSpec spec,
      List<Outputs<float[]>> images,
      List<LabelMap> truth,
      int height,
      int width) {
    SegmentationFamily family = (SegmentationFamily) Families.of(spec);
    LevelGrid grid = family.levels(spec, height, width).get(0);
    PixelClasses decoder = new PixelClasses(grid, family.upsampling(), height, width);
    PixelConfusion confusion = new PixelConfusion(spec.classes());
    for (int n = 0; n < images.size(); n++) {
      confusion.add(truth.get(n), decoder.of(images.get(n).get(TensorRole.CLASS_LOGITS, 0)));
    }
    List<String> names = IntStream.range(0, spec.classes()).mapToObj(Integer::toString).toList();
    answer
        .number("miou", confusion.metrics(names).miou())
        .longs("confusion", Arrays.stream(confusion.counts()).flatMapToLong(Arrays::stream));
  }
}
