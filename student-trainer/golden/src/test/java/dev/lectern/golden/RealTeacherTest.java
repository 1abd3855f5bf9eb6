package dev.lectern.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.DistributionDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.trainer.eval.Box;
import dev.lectern.trainer.eval.Category;
import dev.lectern.trainer.eval.CocoEvaluator;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.eval.Detection;
import dev.lectern.trainer.eval.GroundTruthSet;
import dev.lectern.trainer.eval.TruthBox;
import dev.lectern.trainer.loss.AttentionTransferLoss;
import dev.lectern.trainer.loss.ClassificationDistillationLoss;
import dev.lectern.trainer.loss.LocalizationDistillationLoss;
import dev.lectern.trainer.loss.Variant;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Outputs of a real teacher on real images; src/test/resources/nanodet-plus/SOURCE.md. */
class RealTeacherTest {
  private static final Path FOLDER = Path.of("src/test/resources/nanodet-plus");
  private static final int CLASSES = 80;
  private static final int BINS = 8;
  private static final int SIDE = 416;
  private static final float NOTHING = -20;
  private static NpyFile positions;
  private static NpyFile rows;

  @BeforeAll
  static void read() throws IOException {
    positions = NpyFile.read(FOLDER.resolve("positions.npy"));
    rows = NpyFile.read(FOLDER.resolve("rows.npy"));
  }

  @Test
  void itsPrecisionIsThatOfPycocotools() throws IOException {
    // Given
    JsonNode expected = new ObjectMapper().readTree(FOLDER.resolve("expected.json").toFile());
    List<LevelGrid> levels = PriorGrid.levels(SIDE, SIDE, List.of(8, 16, 32, 64));
    DetectionDecoder decoder =
        new DetectionDecoder(
            CLASSES,
            PriorGrid.points(levels, 0),
            new DistributionDecoder(BINS),
            new DetectionDecoder.Limits(0.3, 0.6, 1000, 100));

    // When
    List<Detection> detections = new ArrayList<>();
    int images = expected.get("images").asInt();
    for (int image = 0; image < images; image++) {
      for (var found : decoder.decode(outputs(image, levels), SIDE, SIDE)) {
        Box box = Box.ofCorners(found.x1(), found.y1(), found.x2(), found.y2());
        detections.add(new Detection(image, found.label(), box, found.score()));
      }
    }
    CocoMetrics metrics = CocoEvaluator.evaluate(truth(images), detections);

    // Then
    JsonNode stats = expected.get("stats");
    assertThat(detections).hasSize(expected.get("detections").asInt());
    assertThat(metrics.ap()).isCloseTo(stats.get("AP").asDouble(), within(1e-9));
    assertThat(metrics.ap50()).isCloseTo(stats.get("AP50").asDouble(), within(1e-9));
    assertThat(metrics.ap75()).isCloseTo(stats.get("AP75").asDouble(), within(1e-9));
    assertThat(metrics.apSmall()).isCloseTo(stats.get("APs").asDouble(), within(1e-9));
    assertThat(metrics.apMedium()).isCloseTo(stats.get("APm").asDouble(), within(1e-9));
    assertThat(metrics.apLarge()).isCloseTo(stats.get("APl").asDouble(), within(1e-9));
    assertThat(metrics.ar100()).isCloseTo(stats.get("AR100").asDouble(), within(1e-9));
  }

  private static Outputs<float[]> outputs(int image, List<LevelGrid> levels) {
    List<float[]> cls = new ArrayList<>();
    List<float[]> dist = new ArrayList<>();
    for (LevelGrid level : levels) {
      float[] logits = new float[CLASSES * level.cells()];
      Arrays.fill(logits, NOTHING);
      cls.add(logits);
      dist.add(new float[4 * BINS * level.cells()]);
    }
    int width = CLASSES + 4 * BINS;
    for (int row = 0; row < rows.shape()[0]; row++) {
      if (positions.longs()[3 * row] == image) {
        int level = (int) positions.longs()[3 * row + 1];
        int cell = (int) positions.longs()[3 * row + 2];
        int cells = levels.get(level).cells();
        for (int channel = 0; channel < width; channel++) {
          float value = rows.floats()[row * width + channel];
          if (channel < CLASSES) {
            cls.get(level)[channel * cells + cell] = value;
          } else {
            dist.get(level)[(channel - CLASSES) * cells + cell] = value;
          }
        }
      }
    }
    return Outputs.<float[]>none()
        .with(TensorRole.CLASS_LOGITS, cls)
        .with(TensorRole.BOX_DISTRIBUTION, dist);
  }

  private static GroundTruthSet truth(int images) throws IOException {
    NpyFile file = NpyFile.read(FOLDER.resolve("truth.npy"));
    List<TruthBox> objects = new ArrayList<>();
    for (int i = 0; i < file.shape()[0]; i++) {
      float[] object = Arrays.copyOfRange(file.floats(), 7 * i, 7 * i + 7);
      Box box = Box.ofCorners(object[3], object[4], object[5], object[6]);
      objects.add(
          new TruthBox((long) object[0], (long) object[1], box, box.area(), object[2] == 1));
    }
    return new GroundTruthSet(
        LongStream.range(0, images).boxed().toList(),
        IntStream.range(0, CLASSES).mapToObj(k -> new Category(k, "class " + k)).toList(),
        objects);
  }

  @Test
  void theDefaultEncodingsHardlyChangeALoss() throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      // Given
      NDArray teacher = array(manager, rows);
      NDArray student = array(manager, NpyFile.read(FOLDER.resolve("student_rows.npy")));
      NpyFile features = NpyFile.read(FOLDER.resolve("features.npy"));
      NDArray studentMap = map(manager, NpyFile.read(FOLDER.resolve("student_features.npy")));

      // When
      NpyFile storedRows = stored(rows, TensorEncoding.FLOAT16);
      NDArray stored = array(manager, storedRows);
      NpyFile storedFeatures = stored(features, TensorEncoding.INT8);

      // Then something is rounded, and losses of logits change by less than a thousandth
      assertThat(storedRows.floats()).isNotEqualTo(rows.floats());
      assertThat(storedFeatures.floats()).isNotEqualTo(features.floats());
      assertNear(kd(student, stored), kd(student, teacher), 1e-3);
      assertNear(ld(student, stored), ld(student, teacher), 1e-3);
      assertNear(
          AttentionTransferLoss.loss(studentMap, map(manager, storedFeatures), Variant.OFFICIAL),
          AttentionTransferLoss.loss(studentMap, map(manager, features), Variant.OFFICIAL),
          2e-3);
    }
  }

  private static void assertNear(NDArray found, NDArray exact, double share) {
    assertThat(exact.getFloat()).isPositive();
    assertThat(found.getFloat())
        .isCloseTo(exact.getFloat(), within((float) share * exact.getFloat()));
  }

  private static NDArray kd(NDArray student, NDArray teacher) {
    return ClassificationDistillationLoss.perPosition(
            student.get(":, :80"), teacher.get(":, :80"), 2, Variant.PAPER)
        .mean();
  }

  private static NDArray ld(NDArray student, NDArray teacher) {
    Shape edges = new Shape(-1, BINS);
    return LocalizationDistillationLoss.perEdge(
            student.get(":, 80:").reshape(edges),
            teacher.get(":, 80:").reshape(edges),
            10,
            Variant.PAPER)
        .mean();
  }

  /** Written as a payload and read back. */
  private static NpyFile stored(NpyFile exact, TensorEncoding encoding) {
    int[] shape =
        exact.shape().length == 3
            ? Arrays.stream(exact.shape()).mapToInt(Math::toIntExact).toArray()
            : new int[] {(int) exact.shape()[0], 1, (int) exact.shape()[1]};
    byte[] payload =
        new TensorWriter().write(List.of(Tensor.of("rows", exact.floats(), shape)), encoding);
    Tensor read = TensorContainer.openVerified(ByteBuffer.wrap(payload)).readAll().get(0);
    return new NpyFile(exact.shape(), read.toArray(), new long[0]);
  }

  private static NDArray array(NDManager manager, NpyFile file) {
    return manager.create(file.floats(), new Shape(file.shape()));
  }

  private static NDArray map(NDManager manager, NpyFile file) {
    return array(manager, file).expandDims(0);
  }
}
