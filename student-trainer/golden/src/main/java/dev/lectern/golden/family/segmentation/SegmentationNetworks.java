package dev.lectern.golden.family.segmentation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
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
import dev.lectern.trainer.objective.Losses;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Network cases of PSPNet and DeepLabV3: what their settings omit is read off their weights. */
public final class SegmentationNetworks {
  private static final String MOBILENET_STEM = "backbone.0.0.weight";

  private SegmentationNetworks() {}

  public static NetworkResult pspnet(NetworkCase question) {
    Settings settings = question.settings();
    settings.only("align_corners", true);
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("classes", settings.integer("num_classes", 0));
    spec.put("strides", List.of(settings.integer("output_stride", 8)));
    spec.put("backbone", resnet(question, ""));
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("family", "pspnet");
    head.put("channels", question.weightShape("pspmodule.bottleneck.0.weight")[0]);
    List<Integer> sizes = settings.integers("sizes", List.of(1, 2, 3, 6));
    settings.require(
        question.hasWeight("pspmodule.stages." + (sizes.size() - 1) + ".1.weight")
            && !question.hasWeight("pspmodule.stages." + sizes.size() + ".1.weight"),
        "sizes",
        "as many as the weights have pooled maps");
    head.put("sizes", sizes);
    head.put("normalization", "frozen_batch");
    spec.put("head", head);
    return answer(question, settings, parsed(spec), "");
  }

  public static NetworkResult deeplabv3(NetworkCase question) {
    Settings settings = question.settings();
    settings.only("align_corners", false);
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("classes", settings.integer("num_classes", 0));
    spec.put("strides", List.of(settings.integer("output_stride", 8)));
    spec.put(
        "backbone",
        question.hasWeight(MOBILENET_STEM) ? mobilenet(settings) : resnet(question, "backbone."));
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("family", "deeplabv3");
    head.put("channels", question.weightShape("classifier.1.weight")[0]);
    settings.only("aspp_channels", head.get("channels"));
    head.put("rates", settings.integers("atrous_rates", List.of(12, 24, 36)));
    head.put("normalization", "frozen_batch");
    spec.put("head", head);
    return answer(question, settings, parsed(spec), "backbone");
  }

  private static DetectorSpec parsed(Map<String, Object> spec) {
    return DetectorSpec.parse(ConfigLoader.toYaml(spec), "hyperparameters");
  }

  private static Map<String, Object> mobilenet(Settings settings) {
    Map<String, Object> backbone = new LinkedHashMap<>();
    backbone.put("name", "mobilenet_v2");
    backbone.put("multiplier", settings.number("width_mult", 1));
    backbone.put("divisor", settings.integer("round_nearest", 8));
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
  private static NetworkResult answer(
      NetworkCase question, Settings settings, DetectorSpec spec, String backbone) {
    double weight = settings.number("aux_weight", 0.4);
    int ignored = settings.integer("ignore_index", LabelMap.IGNORED);
    settings.requireAllRead();
    Detector detector = Detectors.create(spec, question.manager(), 0);
    question.loadAll(detector.parameters());
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
    List<LabelMap> truth = truth(question, ignored, height, width);
    addConfusion(answer, spec, ImageOutputs.of(outputs), truth, height, width);
    SegmentationFamily family = (SegmentationFamily) Families.of(spec);
    Map<String, Object> objective = new LinkedHashMap<>();
    double counted = weight > 0 ? weight : 1;
    objective.put("auxiliary-weight", counted);
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
    NDArray main = losses.byName().get("loss_seg");
    NDArray weighted = losses.byName().get("loss_aux");
    NDArray total = weight > 0 ? losses.total() : main;
    answer
        .scalar("loss", total)
        .scalar("loss_main", main)
        .scalar("loss_aux", weighted.mul(question.manager().create((float) (1 / counted))));
    return NetworkResult.of(answer, total, detector.parameters());
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

  private static List<LabelMap> truth(NetworkCase question, int ignored, int height, int width) {
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
