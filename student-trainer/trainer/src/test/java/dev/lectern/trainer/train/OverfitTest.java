package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.family.SegmentationFamily;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.ImageOutputs;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.detector.pixel.PixelClasses;
import dev.lectern.detector.pixel.PixelConfusion;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.eval.Box;
import dev.lectern.trainer.eval.Category;
import dev.lectern.trainer.eval.CocoEvaluator;
import dev.lectern.trainer.eval.Detection;
import dev.lectern.trainer.eval.GroundTruthSet;
import dev.lectern.trainer.eval.TruthBox;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.TrainedFamily;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Students learn eight photos of coco-mini, in the folder that -Dlectern.shared names, by heart:
 * network, targets, losses and decoding of a family fit together.
 */
class OverfitTest {
  private static final int SIDE = 160;
  private static final int PHOTOS = 8;
  private static final int STEPS = 400;

  /** Learning rate of detectors. */
  private static final double RATE = 0.002;

  /** Classes of few pixels, which a batch's mean hardly counts, ask for a higher rate. */
  private static final double PIXEL_RATE = 0.005;

  private static final float[] MEAN = {123.675f, 116.28f, 103.53f};
  private static final float[] STD = {58.395f, 57.12f, 57.375f};

  private final List<BufferedImage> photos = new ArrayList<>();
  private final List<GroundTruth> objects = new ArrayList<>();

  /** Background and the classes of the objects, whose polygons are drawn. */
  private final List<LabelMap> labelMaps = new ArrayList<>();

  private int classes;

  @Test
  void gflLearnsEightPhotosByHeart() throws IOException {
    learn("{family: gfl, channels: 32, depth: 2, bins: 17}");
  }

  static Stream<String> others() {
    return Stream.concat(
        Families.ALL.stream()
            .map(Family::name)
            .filter(name -> !name.equals("gfl"))
            .map("{family: %s, channels: 32, depth: 2}"::formatted),
        Stream.of(
            "{family: fcos, channels: 32, depth: 2, distances: normalized, centerness: boxes}",
            "{family: fcos, channels: 32, depth: 2, distances: distribution}",
            "{family: atss, channels: 32, depth: 2, bins: 17}",
            "{family: retinanet, channels: 32, depth: 2, bins: 17}"));
  }

  @ParameterizedTest
  @MethodSource("others")
  @Tag("families")
  void everyFamilyLearnsEightPhotosByHeart(String head) throws IOException {
    learn(head);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{family: pspnet, channels: 32}",
        "{family: deeplabv3, channels: 32, rates: [2, 4, 6]}"
      })
  @Tag("families")
  void networksOfPixelClassesLearnEightPhotosByHeart(String head) throws IOException {
    readPhotos();
    DetectorSpec spec =
        DetectorSpec.parse(
            "{classes: %d, strides: [8], backbone: {width: 16}, head: %s}"
                .formatted(classes + 1, head),
            head);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(spec, manager, 1)) {
      NDArray images = images(manager);
      train(student, images, labelMaps.stream().map(GroundTruth::of).toList(), PIXEL_RATE, manager);

      assertThat(miou(student, images)).as(head).isGreaterThan(0.9);
    }
  }

  private double miou(Detector student, NDArray images) {
    SegmentationFamily family = (SegmentationFamily) Families.of(student.spec());
    PixelClasses reading =
        new PixelClasses(
            family.levels(student.spec(), SIDE, SIDE).get(0), family.upsampling(), SIDE, SIDE);
    PixelConfusion confusion = new PixelConfusion(student.spec().classes());
    List<Outputs<float[]>> perImage =
        ImageOutputs.of(GradientMode.off(() -> student.forward(images, Mode.EVALUATE)));
    for (int n = 0; n < perImage.size(); n++) {
      confusion.add(labelMaps.get(n), reading.of(perImage.get(n).get(TensorRole.CLASS_LOGITS, 0)));
    }
    List<String> names =
        IntStream.range(0, student.spec().classes()).mapToObj(Integer::toString).toList();
    return confusion.metrics(names).miou();
  }

  private void learn(String head) throws IOException {
    readPhotos();
    DetectorSpec spec =
        DetectorSpec.parse(
            """
            classes: %d
            strides: [8, 16, 32]
            backbone: {width: 16}
            neck: {channels: 32}
            head: %s
            """
                .formatted(classes, head),
            head);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector student = Detectors.create(spec, manager, 1)) {
      NDArray images = images(manager);
      train(student, images, objects, RATE, manager);

      assertThat(ap50(student, images)).as(head).isGreaterThan(0.9);
    }
  }

  private void train(
      Detector student, NDArray images, List<GroundTruth> truth, double rate, NDManager manager) {
    DetectorSpec spec = student.spec();
    PriorGrid priors = Families.of(spec).priors(spec, Families.of(spec).levels(spec, SIDE, SIDE));
    TrainedFamily family =
        TrainedFamilies.of(spec, priors, TrainedFamilies.settings(spec, null), List.of())
            .on(student, 1);
    Objective objective = new Objective(family, List.of());
    BatchTargets targets = family.targets(truth);
    List<Parameter> learned = student.parameters().learned();
    OptimizerConfig adam =
        ConfigLoader.of(
            "{name: adamw, learning-rate: %s, weight-decay: 0}".formatted(rate),
            OptimizerConfig.class);
    try (Optimizer optimizer = Optimizer.of(adam, learned, manager)) {
      for (int step = 0; step < STEPS; step++) {
        double warmed = rate * Math.min(1, (step + 1) / 20.0);
        double cooling = step < STEPS * 3 / 4 ? 1 : 0.1;
        try (NDManager scope = manager.newSubManager()) {
          NDArray input = images.duplicate();
          input.attach(scope);
          GradientMode.recording(
              () -> {
                NDArray total =
                    objective
                        .losses(
                            student.forward(input, Mode.TRAIN),
                            List.of(),
                            targets,
                            TrainingProgress.START)
                        .total();
                JniUtils.backward((PtNDArray) total, (PtNDArray) total.onesLike(), false, false);
                return total;
              });
          List<NDArray> gradients = learned.stream().map(p -> p.gradient(scope)).toList();
          GradientClipping.clip(gradients, 10);
          optimizer.step(gradients, warmed * cooling, scope);
          student.parameters().clearGradients();
        }
      }
    }
  }

  private double ap50(Detector student, NDArray images) {
    DetectionDecoder decoder =
        DetectionDecoder.of(student.spec(), SIDE, SIDE, DetectionDecoder.Limits.DEFAULT);
    Outputs<NDArray> outputs = GradientMode.off(() -> student.forward(images, Mode.EVALUATE));
    List<Outputs<float[]>> perImage = ImageOutputs.of(outputs);
    List<Long> ids = new ArrayList<>();
    List<TruthBox> truth = new ArrayList<>();
    List<Detection> found = new ArrayList<>();
    for (int n = 0; n < perImage.size(); n++) {
      long id = n;
      ids.add(id);
      GroundTruth own = objects.get(n);
      for (int g = 0; g < own.count(); g++) {
        float[] b = own.boxes();
        Box box = Box.ofCorners(b[4 * g], b[4 * g + 1], b[4 * g + 2], b[4 * g + 3]);
        truth.add(new TruthBox(id, own.labels()[g], box, box.area(), false));
      }
      decoder
          .decode(perImage.get(n), SIDE, SIDE)
          .forEach(
              d ->
                  found.add(
                      new Detection(
                          id,
                          d.label(),
                          Box.ofCorners(d.x1(), d.y1(), d.x2(), d.y2()),
                          d.score())));
    }
    List<Category> categories = new ArrayList<>();
    for (int label = 0; label < classes; label++) {
      categories.add(new Category(label, "class " + label));
    }
    return CocoEvaluator.evaluate(new GroundTruthSet(ids, categories, truth), found).ap50();
  }

  /** The first photos with few and large objects. */
  private void readPhotos() throws IOException {
    Path coco = Path.of(System.getProperty("lectern.shared", "shared"), "data", "coco-mini");
    assumeTrue(
        Files.isDirectory(coco),
        "skipped: needs data/coco-mini below the folder that -Dlectern.shared names");
    JsonNode root =
        new ObjectMapper().readTree(coco.resolve("annotations/instances_val2017.json").toFile());
    Map<Long, List<JsonNode>> byImage = new TreeMap<>();
    root.get("annotations")
        .forEach(
            a ->
                byImage
                    .computeIfAbsent(a.get("image_id").asLong(), id -> new ArrayList<>())
                    .add(a));
    List<List<JsonNode>> chosen = new ArrayList<>();
    for (JsonNode image : root.get("images")) {
      List<JsonNode> own = byImage.getOrDefault(image.get("id").asLong(), List.of());
      double width = image.get("width").asDouble();
      double height = image.get("height").asDouble();
      boolean suits =
          !own.isEmpty()
              && own.size() <= 3
              && own.stream()
                  .allMatch(
                      a ->
                          a.at("/bbox/2").asDouble() > 0.15 * width
                              && a.at("/bbox/3").asDouble() > 0.15 * height);
      if (suits && chosen.size() < PHOTOS) {
        chosen.add(own);
        photos.add(
            scaled(
                ImageIO.read(coco.resolve("val2017/" + image.get("file_name").asText()).toFile())));
      }
    }
    TreeSet<Integer> categories = new TreeSet<>();
    chosen.forEach(own -> own.forEach(a -> categories.add(a.get("category_id").asInt())));
    List<Integer> labels = List.copyOf(categories);
    classes = labels.size();
    for (List<JsonNode> own : chosen) {
      JsonNode image = imageOf(root, own.get(0));
      double sx = SIDE / image.get("width").asDouble();
      double sy = SIDE / image.get("height").asDouble();
      float[] boxes = new float[4 * own.size()];
      int[] label = new int[own.size()];
      for (int g = 0; g < label.length; g++) {
        JsonNode bbox = own.get(g).get("bbox");
        boxes[4 * g] = (float) (bbox.get(0).asDouble() * sx);
        boxes[4 * g + 1] = (float) (bbox.get(1).asDouble() * sy);
        boxes[4 * g + 2] = (float) ((bbox.get(0).asDouble() + bbox.get(2).asDouble()) * sx);
        boxes[4 * g + 3] = (float) ((bbox.get(1).asDouble() + bbox.get(3).asDouble()) * sy);
        label[g] = labels.indexOf(own.get(g).get("category_id").asInt());
      }
      objects.add(new GroundTruth(boxes, label));
      labelMaps.add(labelMap(own, label, sx, sy));
    }
    assertThat(photos).hasSize(PHOTOS);
  }

  /** The pixels whose centres lie in the objects' polygons; smaller objects lie on larger ones. */
  private static LabelMap labelMap(List<JsonNode> objects, int[] labels, double sx, double sy) {
    byte[] pixels = new byte[SIDE * SIDE];
    IntStream.range(0, labels.length)
        .boxed()
        .sorted(Comparator.comparing(g -> -objects.get(g).get("area").asDouble()))
        .forEach(
            g -> {
              Path2D outline = new Path2D.Double(Path2D.WIND_EVEN_ODD);
              for (JsonNode polygon : objects.get(g).get("segmentation")) {
                outline.moveTo(sx * polygon.get(0).asDouble(), sy * polygon.get(1).asDouble());
                for (int i = 2; i < polygon.size(); i += 2) {
                  outline.lineTo(
                      sx * polygon.get(i).asDouble(), sy * polygon.get(i + 1).asDouble());
                }
                outline.closePath();
              }
              for (int i = 0; i < pixels.length; i++) {
                if (outline.contains(i % SIDE + 0.5, i / SIDE + 0.5)) {
                  pixels[i] = (byte) (labels[g] + 1);
                }
              }
            });
    return new LabelMap(SIDE, SIDE, pixels);
  }

  private static JsonNode imageOf(JsonNode root, JsonNode annotation) {
    for (JsonNode image : root.get("images")) {
      if (image.get("id").asLong() == annotation.get("image_id").asLong()) {
        return image;
      }
    }
    throw new AssertionError("no image of " + annotation);
  }

  private static BufferedImage scaled(BufferedImage photo) {
    BufferedImage canvas = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = canvas.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(photo, 0, 0, SIDE, SIDE, null);
    graphics.dispose();
    return canvas;
  }

  private NDArray images(NDManager manager) {
    float[] values = new float[PHOTOS * 3 * SIDE * SIDE];
    int at = 0;
    for (BufferedImage photo : photos) {
      int[] pixels = photo.getRGB(0, 0, SIDE, SIDE, null, 0, SIDE);
      for (int channel = 0; channel < 3; channel++) {
        int shift = 16 - 8 * channel;
        for (int pixel : pixels) {
          values[at++] = ((pixel >> shift & 0xff) - MEAN[channel]) / STD[channel];
        }
      }
    }
    return manager.create(values, new Shape(PHOTOS, 3, SIDE, SIDE));
  }
}
