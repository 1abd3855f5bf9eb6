package dev.lectern.teacher.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.descriptor.FamilyPreset;
import dev.lectern.schemas.descriptor.HeadLevel;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.Transform;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.tensor.UnstorableValueException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ViewEncoderTest {
  private static final int BINS = 8;
  private static final Set<TensorKind> KINDS =
      EnumSet.of(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS);
  private static final String REGIONS = "{class-positions: regions, box-positions: regions}";

  private final TeacherDescriptor teacher =
      FamilyPreset.named("GFL")
          .describe(
              BINS, 0.5, List.of("a"), List.of(HeadLevel.of(new Level(8, 8, 8), "cls", "dist")))
          .setName("t")
          .setInputName("x")
          .setInputWidth(64)
          .setInputHeight(64)
          .setChannelOrder(ChannelOrder.BGR)
          .setMean(List.of(0.0, 0.0, 0.0))
          .setStd(List.of(1.0, 1.0, 1.0))
          .setBatchSize(1)
          .build();

  @Test
  void anUnlabelledViewIsStoredAboutWhatTheTeacherFinds() {
    // Given: one box [12, 20, 28, 36] of score 0.8 at cell (3, 2), whose centre is (20, 28)
    List<KindEncoding> asNeeded = encodings(REGIONS, true);

    // When
    int[] unlabelled = positions(asNeeded, view(false));
    int[] annotated = positions(asNeeded, view(true));
    int[] sure =
        positions(encodings("{class-positions: regions, teacher-boxes: 0.9}", true), view(false));

    // Then: two by two centres lie inside, (12, 20) and (28, 36) on its edges
    assertThat(asNeeded.get(0).getTeacherBoxes()).isEqualTo(0.3);
    assertThat(unlabelled).contains(3 * 8 + 2).hasSizeGreaterThan(1);
    assertThat(annotated).containsExactly(3 * 8 + 2);
    assertThat(sure).isEmpty();
  }

  @Test
  void ofAnnotatedDatasetsRegionsFollowFromTheAnnotationsAlone() {
    List<KindEncoding> before = encodings(REGIONS, false);

    assertThat(before.get(0).getTeacherBoxes()).isZero();
    assertThat(positions(before, view(true))).isEmpty();
    assertThat(Encoding.of(before, "").of(KINDS, teacher, true)).isEqualTo(before);
  }

  @Test
  void aWorkerThatDoesNotSayTakesTheTeachersBoxesOfTheRecording() {
    List<KindEncoding> begun = encodings("{class-positions: regions, teacher-boxes: 0.2}", true);
    Encoding unsaid = ConfigLoader.of("{class-positions: regions}", Encoding.class);
    Encoding said =
        ConfigLoader.of("{class-positions: regions, teacher-boxes: 0.4}", Encoding.class);

    assertThat(unsaid.joining(begun).of(KINDS, teacher, false)).isEqualTo(begun);
    assertThat(unsaid.joining(List.of()).of(KINDS, teacher, true).get(0).getTeacherBoxes())
        .isEqualTo(0.3);
    assertThat(said.joining(begun)).isEqualTo(said);
  }

  @Test
  void aDetectionOfAClassWithoutANameIsNotRecorded() {
    ViewEncoder encoder =
        new ViewEncoder(Encoding.DEFAULT.of(EnumSet.of(TensorKind.INSTANCES), teacher), teacher);

    assertThat(encoder.encode(view(true), detections(2, 0, 0))).hasSize(1);
    assertThat(encoder.encode(view(true), detections(1, 0, 7))).hasSize(1);
    for (float label : new float[] {1, -1, 0.5f}) {
      assertThatThrownBy(() -> encoder.encode(view(true), detections(2, 0, label)))
          .isInstanceOf(UnstorableValueException.class)
          .hasMessage("tensor labels row 1: found " + label + ", expected a class, 0 to 0");
    }
  }

  @Test
  void padsOfDetectionsMayHaveANegativeScore() {
    ViewEncoder encoder =
        new ViewEncoder(Encoding.DEFAULT.of(EnumSet.of(TensorKind.INSTANCES), teacher), teacher);

    assertThat(encoder.encode(view(true), detections(3, 0, 0, -1))).hasSize(1);
  }

  /** Three rows, of which the last has a score of 0. */
  private static Map<TensorKind, List<Tensor>> detections(float count, float first, float second) {
    return detections(count, first, second, 0);
  }

  private static Map<TensorKind, List<Tensor>> detections(
      float count, float first, float second, float last) {
    return Map.of(
        TensorKind.INSTANCES,
        List.of(
            Tensor.of("boxes", new float[12], 3, 4),
            Tensor.of("labels", new float[] {first, second, -1}, 3),
            Tensor.of("scores", new float[] {0.9f, 0.5f, last}, 3),
            Tensor.of("rows", new float[] {count}, 1)));
  }

  private List<KindEncoding> encodings(String keys, boolean unlabelled) {
    return ConfigLoader.of(keys, Encoding.class).of(KINDS, teacher, unlabelled);
  }

  private int[] positions(List<KindEncoding> encodings, View view) {
    byte[] scores =
        new ViewEncoder(encodings, teacher).encode(view, outputs()).get(TensorKind.CLASS_SCORES);
    TensorContainer container = TensorContainer.open(ByteBuffer.wrap(scores));
    return container.positions(container.find("cls.0"));
  }

  private static Map<TensorKind, List<Tensor>> outputs() {
    float[] cls = new float[64];
    Arrays.fill(cls, -9);
    cls[3 * 8 + 2] = (float) Math.log(0.8 / 0.2);
    float[] dist = new float[4 * BINS * 64];
    for (int edge = 0; edge < 4; edge++) {
      int from = (edge * BINS + 1) * 64; // all mass on bin 1
      Arrays.fill(dist, from, from + 64, 100);
    }
    return Map.of(
        TensorKind.CLASS_SCORES, List.of(Tensor.of("cls.0", cls, 1, 8, 8)),
        TensorKind.BOX_LOGITS, List.of(Tensor.of("dist.0", dist, 4 * BINS, 8, 8)));
  }

  private static View view(boolean labelled) {
    List<GroundTruth> none = List.of();
    return new View(
        "a#0",
        "a",
        0,
        "train",
        64,
        64,
        64,
        64,
        64,
        64,
        new Transform(List.of(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), List.of(), List.of()),
        none,
        PixelFormat.PNG,
        labelled,
        ByteBuffer.allocate(32),
        ByteBuffer.allocate(0),
        ByteBuffer.allocate(0),
        ByteBuffer.allocate(0));
  }
}
