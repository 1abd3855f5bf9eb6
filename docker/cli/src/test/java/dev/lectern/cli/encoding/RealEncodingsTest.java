package dev.lectern.cli.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.cli.encoding.LossChanges.Change;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.Transform;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.train.TrainConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import nu.pattern.OpenCV;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/** What encodings change of the losses of NanoDet-m on outputs of NanoDet-Plus, real images. */
class RealEncodingsTest {
  private static final int SIDE = 416;
  private static final Path SHARED = Path.of(System.getProperty("lectern.shared", "shared"));
  private static final Path MODELS = SHARED.resolve("data/models");
  private static final Path COCO = SHARED.resolve("data/coco-mini");
  private static final String LOSSES =
      "losses=[{name: ld}, {name: ld, region: vlr}, {name: kd}, {name: kd, region: vlr},"
          + " {name: cwd, adapter: conv1x1}, {name: fitnets, adapter: conv1x1},"
          + " {name: defeat, adapter: conv1x1}, {name: attention_transfer},"
          + " {name: cwd_logits}, {name: pixelwise}]";

  private static EncodingSample sample;

  @BeforeAll
  static void ask() throws IOException {
    assumeTrue(
        Files.isDirectory(MODELS) && Files.isDirectory(COCO),
        "the shared folder's models and images are absent");
    OpenCV.loadLocally();
    TeacherDescriptor descriptor =
        DescriptorYaml.read(Path.of("../teachers/nanodet-plus-m-1.5x-416.yaml"));
    try (Teacher teacher =
        ModelFile.open(
            descriptor,
            MODELS.resolve("nanodet_plus_m_1.5x_416/nanodet_plus_m_1.5x_416.onnx"),
            EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES),
            ComputeDevice.CPU,
            2)) {
      sample = EncodingSample.of(teacher, dataset(descriptor), views(8));
    }
  }

  @AfterAll
  static void forget() {
    sample = null;
  }

  @Test
  void regionsKeepLdAndKdWithinATenThousandth() {
    TrainConfig run = run("losses=[{name: ld}, {name: ld, region: vlr}, {name: kd}]");
    try (LossChanges changes = new LossChanges(sample, "r", run, List.of(1.0, 0.3))) {
      List<KindEncoding> encodings = new ArrayList<>(changes.exact());
      encodings.removeIf(e -> e.getKind() == TensorKind.FPN_FEATURES);
      double dense = encodings.stream().mapToDouble(changes::bytesPerView).sum();
      for (int i = 0; i < encodings.size(); i++) {
        KindEncoding near = TensorEncoding.FIXED24.of(encodings.get(i).getKind());
        near.setPositions(PositionEncoding.REGIONS);
        near.setPriors(List.of(run.regions(RegionPart.MAIN).orElseThrow()));
        encodings.set(i, near);
      }
      double kept = encodings.stream().mapToDouble(changes::bytesPerView).sum();

      assertThat(kept).as("bytes of regions against %s", dense).isLessThan(dense / 3);
      List<Change> found = changes.of(encodings);
      assertThat(found)
          .allSatisfy(change -> assertThat(change.value()).isLessThan(1e-4))
          .allSatisfy(change -> assertThat(change.gradient()).isLessThan(1e-4));
    }
  }

  @Test
  void theDefaultsChangeNoLossByAThousandth() {
    try (LossChanges changes = new LossChanges(sample, "r", run(LOSSES), List.of(1.0))) {
      List<KindEncoding> defaults =
          List.of(
              TensorEncoding.FLOAT16.of(TensorKind.CLASS_SCORES),
              TensorEncoding.FLOAT16.of(TensorKind.BOX_LOGITS),
              TensorEncoding.INT8.of(TensorKind.FPN_FEATURES));
      for (Change change : changes.of(defaults)) {
        assertThat(change.value()).as("%s", change).isLessThan(1e-3);
      }
    }
  }

  @Test
  void theSmallestEncodingWithinTheBudgetIsChosen() {
    TrainConfig run = run("losses=[{name: ld}, {name: kd}, {name: cwd, adapter: conv1x1}]");

    EncodingChoice choice =
        EncodingChoice.measure(sample, "r", List.of(run), 0.001, List.of(1.0, 0.3));

    assertThat(choice.chosen())
        .filteredOn(e -> e.getKind() != TensorKind.FPN_FEATURES)
        .allSatisfy(
            e -> {
              assertThat(e.getPositions()).isEqualTo(PositionEncoding.REGIONS);
              assertThat(e.getPriors()).containsExactly(run.regions(RegionPart.MAIN).orElseThrow());
            });
    for (EncodingChoice.Row row : choice.rows()) {
      if (row.encoding().getValues().name().equals(Values.FLOAT32.name())) {
        assertThat(row.worst().value()).isZero();
        assertThat(row.gradient()).isZero();
      }
    }
    assertThat(choice.together()).allSatisfy(c -> assertThat(c.value()).isLessThan(0.0015));
    StringWriter table = new StringWriter();
    choice.print(new PrintWriter(table));
    System.out.print(table); // the table of schemas/README.md
    assertThat(table.toString()).contains("* CLASS_SCORES").contains("loss_cwd");
    assertThat(choice.encoding().choice()).startsWith("{\"budget\":0.001,\"views\":8");
  }

  private static TrainConfig run(String losses) {
    return ConfigLoader.bind(
        """
        bootstrap-servers: localhost:1
        recording: r
        out: unused
        student:
          network: torchscript
          classes: 80
          bins: 8
          strides: [8, 16, 32]
          grid-offset: 0.5
          octave-base-scale: 5
          input: {channel-order: BGR, mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395]}
          script:
            model: %s
            outputs: [cls_8, dist_8, feat_8, cls_16, dist_16, feat_16, cls_32, dist_32, feat_32]
        """
            .formatted(MODELS.resolve("nanodet_m_416/nanodet_m_416.torchscript.pt")),
        List.of(losses),
        TrainConfig.class,
        "test");
  }

  private static DatasetManifest dataset(TeacherDescriptor teacher) {
    List<Long> ids = new ArrayList<>();
    for (long id = 1; id <= teacher.getClassNames().size(); id++) {
      ids.add(id);
    }
    return DatasetManifest.newBuilder()
        .setName("coco-mini")
        .setState(State.SEALED)
        .setClassNames(teacher.getClassNames())
        .setCategoryIds(ids)
        .setSourceFormat("coco")
        .setWidth(SIDE)
        .setHeight(SIDE)
        .setViewsPerImage(1)
        .setPixelFormat(PixelFormat.PNG)
        .setImages(0)
        .setViews(0)
        .setObjects(0)
        .build();
  }

  /** The first images, stretched to the canvas. */
  private static List<View> views(int count) throws IOException {
    JsonNode coco =
        new ObjectMapper().readTree(COCO.resolve("annotations/instances_train2017.json").toFile());
    List<Integer> categories = new ArrayList<>();
    coco.get("categories").forEach(category -> categories.add(category.get("id").asInt()));
    List<View> views = new ArrayList<>();
    for (JsonNode image : coco.get("images")) {
      if (views.size() == count) {
        break;
      }
      double sx = (double) SIDE / image.get("width").asInt();
      double sy = (double) SIDE / image.get("height").asInt();
      List<GroundTruth> objects = new ArrayList<>();
      for (JsonNode object : coco.get("annotations")) {
        if (object.get("image_id").asLong() == image.get("id").asLong()) {
          JsonNode box = object.get("bbox");
          double x = box.get(0).asDouble();
          double y = box.get(1).asDouble();
          objects.add(
              new GroundTruth(
                  (float) (x * sx),
                  (float) (y * sy),
                  (float) ((x + box.get(2).asDouble()) * sx),
                  (float) ((y + box.get(3).asDouble()) * sy),
                  categories.indexOf(object.get("category_id").asInt()),
                  object.get("iscrowd").asInt() == 1,
                  object.get("id").asText(),
                  List.of(),
                  0.0));
        }
      }
      Path file = COCO.resolve("train2017").resolve(image.get("file_name").asText());
      views.add(view(image.get("id").asText(), file, objects));
    }
    return views;
  }

  private static View view(String id, Path file, List<GroundTruth> objects) {
    Mat pixels = Imgcodecs.imread(file.toString());
    Mat canvas = new Mat();
    Imgproc.resize(pixels, canvas, new Size(SIDE, SIDE));
    MatOfByte png = new MatOfByte();
    Imgcodecs.imencode(".png", canvas, png);
    byte[] bytes = png.toArray();
    return new View(
        id + "#0",
        id,
        0,
        "train",
        SIDE,
        SIDE,
        SIDE,
        SIDE,
        pixels.width(),
        pixels.height(),
        new Transform(List.of(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), List.of(), List.of()),
        objects,
        PixelFormat.PNG,
        true,
        ByteBuffer.wrap(Canvas.sha256(bytes)),
        ByteBuffer.allocate(0),
        ByteBuffer.allocate(0),
        ByteBuffer.wrap(bytes));
  }
}
