package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.schemas.record.CellAnchors;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.trainer.replay.FloatArray;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.replay.StoredRows;
import dev.lectern.trainer.replay.TeacherArrays;
import dev.lectern.trainer.testing.SyntheticRecording;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A teacher of strides 8 and 16 that is sure of one object: cell (3, 2) of the fine level. */
class TeacherBoxesTest {
  private static final int SIDE = SyntheticRecording.SIZE;
  private static final int CELL = 3 * 8 + 2;

  /** Sides reach 2 strides from the cell's point (16, 24), label 1, score 0.8. */
  private static final float[] BOX = {0, 8, 32, 40};

  private final RecordingManifest recording = SyntheticRecording.manifest(State.SEALED, 1);

  @Test
  void anUnlabelledViewHasTheTeachersBoxesInPlaceOfObjects() {
    TeacherBoxes.Found found = look(view(false), "{}", dense());

    assertThat(found.truth().get(0).boxes()).containsExactly(BOX);
    assertThat(found.truth().get(0).labels()).containsExactly(1);
    assertThat(found.truth().get(0).labelled()).isFalse();
    assertThat(found.truth().get(0).annotated()).isFalse();
    assertThat(found.pseudoLabels()).isZero();
    assertThat(found.weights()).containsExactly(1);
  }

  @Test
  void theScoreDecidesWhatCounts() {
    assertThat(look(view(false), "{score: 0.81}", dense()).truth().get(0).boxes()).isEmpty();
    assertThat(look(view(false), "{score: 0.79}", dense()).truth().get(0).boxes()).hasSize(4);
  }

  @Test
  void theScoreOfATeacherWithCenternessHasItAsAFactor() {
    TeacherDescriptor teacher = recording.getDescriptor();
    teacher.setQuality(BoxQuality.CENTERNESS);
    List<RecordedTensor> tensors = new ArrayList<>(teacher.getTensors());
    for (int level = 0; level < 2; level++) {
      RecordedTensor cls = teacher.getTensors().get(level);
      List<Integer> shape = List.of(1, cls.getShape().get(1), cls.getShape().get(2));
      tensors.add(
          RecordedTensor.newBuilder(cls)
              .setName(TensorRole.QUALITY.at(level))
              .setShape(shape)
              .build());
    }
    teacher.setTensors(tensors);

    // Then 0.8 of the class, half of it for the centerness
    View view = view(true, BOX);
    assertThat(look(view, "{score: 0.39, weight: agreement}", dense()).weights())
        .containsExactly(1);
    assertThat(look(view, "{score: 0.41, weight: agreement}", dense()).weights())
        .containsExactly(0);
  }

  @Test
  void anchorsOnASmallerCanvasAreRoundedOnTheTeachersOwn() {
    // Given the same object by an anchor of 14x14 pixels, which a student of half the size sees
    TeacherDescriptor teacher = recording.getDescriptor();
    teacher.setBoxes(BoxCoding.newBuilder().setForm(BoxForm.DELTA).build());
    teacher
        .getPriors()
        .setAnchors(
            CellAnchors.newBuilder()
                .setSizes(List.of(List.of(14.0), List.of(28.0)))
                .setRatios(List.of(1.0))
                .setRounded(true)
                .build());
    List<RecordedTensor> tensors = new ArrayList<>(teacher.getTensors().subList(0, 2));
    Map<String, FloatArray> maps = new HashMap<>();
    for (int level = 0; level < 2; level++) {
      RecordedTensor cls = tensors.get(level);
      int side = cls.getShape().get(1);
      tensors.add(
          RecordedTensor.newBuilder(cls)
              .setName(TensorRole.BOX_DELTAS.at(level))
              .setKind(TensorKind.BOX_LOGITS)
              .setShape(List.of(4, side, side))
              .build());
      maps.put(cls.getName(), array(new long[] {1, 2, side, side}, logits().get(cls.getName())));
      maps.put(
          TensorRole.BOX_DELTAS.at(level),
          array(new long[] {1, 4, side, side}, new float[4 * side * side]));
    }
    teacher.setTensors(tensors);

    // Then: half of the 7 pixels on each side of (16, 24), which halved and rounded would be 4
    assertThat(
            look(
                    boxes("student.input-size=32x32", "losses=[{name: kd}]"),
                    view(false),
                    new TeacherArrays(maps, Map.of(), Map.of()))
                .truth()
                .get(0)
                .boxes())
        .containsExactly(4.5f, 8.5f, 11.5f, 15.5f);
  }

  @Test
  void pseudoLabelsAreLearnedFromTheirScoreOn() {
    TeacherBoxes.Found sure = look(view(false), "{pseudo-labels: 0.7}", dense());
    TeacherBoxes.Found unsure = look(view(false), "{pseudo-labels: 0.9}", dense());

    assertThat(sure.truth().get(0).labelled()).isTrue();
    assertThat(sure.truth().get(0).annotated()).isFalse();
    assertThat(sure.pseudoLabels()).isEqualTo(1);
    assertThat(unsure.truth().get(0).boxes()).isEmpty();
  }

  @Test
  void anAnnotatedViewIsLeftAloneUnlessARunAsks() {
    TeacherBoxes.Found found = look(view(true, BOX), "{}", dense());

    assertThat(found.truth().get(0).labelled()).isTrue();
    assertThat(found.truth().get(0).teacherBoxes()).isEmpty();
    assertThat(found.weights()).containsExactly(1);
  }

  @Test
  void viewsTeachByAgreementAndConfidence() {
    View agreed = view(true, BOX);
    View half = view(true, BOX, new float[] {48, 48, 60, 60});
    View empty = view(true);

    // one of one matches; one of two; none of one
    assertThat(look(agreed, "{weight: agreement}", dense()).weights()[0]).isEqualTo(1);
    assertThat(look(half, "{weight: agreement}", dense()).weights()[0]).isEqualTo(0.5f);
    assertThat(look(empty, "{weight: agreement}", dense()).weights()[0]).isZero();
    assertThat(look(half, "{min-agreement: 0.5}", dense()).weights()[0]).isEqualTo(1);
    assertThat(look(half, "{min-agreement: 0.6}", dense()).weights()[0]).isZero();
    assertThat(look(view(false), "{min-agreement: 0.6}", dense()).weights()[0]).isEqualTo(1);
    assertThat(look(half, "{weight: confidence}", dense()).weights()[0]).isBetween(0.799f, 0.801f);
    assertThat(look(half, "{min-confidence: 0.81}", dense()).weights()[0]).isZero();
    assertThat(look(half, "{min-confidence: 0.79}", dense()).weights()[0]).isEqualTo(1);
  }

  @Test
  void whatIsNotRecordedIsNotFound() {
    assertThat(look(view(false), "{}", sparse(CELL)).truth().get(0).boxes()).containsExactly(BOX);
    assertThat(look(view(false), "{}", sparse(CELL + 1)).truth().get(0).boxes()).isEmpty();
  }

  @Test
  void logitsAreReadWhereARunNeedsTheBoxes() {
    TeacherBoxes asNeeded = boxes();
    TeacherBoxes filters = boxes("teacher-boxes={weight: confidence}");

    assertThat(asNeeded.kinds(0, false)).isEmpty();
    assertThat(asNeeded.kinds(0, true))
        .containsExactly(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS);
    assertThat(filters.kinds(0, false)).hasSize(2);
    assertThat(filters.kinds(1, false)).isEmpty();
  }

  @Test
  void aTeacherWhoseBoxesCannotBeDecodedFindsNothing() {
    recording.getDescriptor().getBoxes().setUnit(BoxUnit.PIXELS);

    assertThat(boxes().kinds(0, true)).isEmpty();
    assertThatThrownBy(() -> boxes("teacher-boxes={weight: confidence}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("teacher-boxes: found no recording whose boxes can be decoded,");
    assertThat(look(view(false), "{}", dense()).truth().get(0).boxes()).isEmpty();
  }

  private TeacherBoxes boxes(String... settings) {
    TrainConfig run =
        ConfigLoader.bind(
            RunFiles.distilling("nowhere:1", Path.of("run")),
            List.of(settings),
            TrainConfig.class,
            "test");
    return TeacherBoxes.of(run, List.of(recording), SyntheticRecording.CLASSES);
  }

  private TeacherBoxes.Found look(View view, String config, TeacherArrays stored) {
    return look(boxes("teacher-boxes=" + config), view, stored);
  }

  private static TeacherBoxes.Found look(TeacherBoxes boxes, View view, TeacherArrays stored) {
    ReplayBatch batch =
        new ReplayBatch(
            List.of(view), array(new long[] {1, 3, 0, 0}, new float[0]), List.of(stored), () -> {});
    return boxes.look(batch, List.of(TargetedBatches.truth(view)));
  }

  private static View view(boolean labelled, float[]... objects) {
    return SyntheticRecording.annotated(
        labelled,
        Arrays.stream(objects)
            .map(
                box ->
                    new GroundTruth(box[0], box[1], box[2], box[3], 1, false, "", List.of(), 1.0))
            .toList());
  }

  /** Logits of every position: nothing but one object. */
  private static Map<String, float[]> logits() {
    Map<String, float[]> tensors = new HashMap<>();
    for (int level = 0; level < 2; level++) {
      int cells = (SIDE >> 3 + level) * (SIDE >> 3 + level);
      float[] cls = new float[2 * cells];
      Arrays.fill(cls, -9);
      float[] dist = new float[4 * SyntheticRecording.BINS * cells];
      for (int edge = 0; edge < 4; edge++) {
        // all mass on bin 2
        int from = (edge * SyntheticRecording.BINS + 2) * cells;
        Arrays.fill(dist, from, from + cells, 1000);
      }
      tensors.put("cls." + level, cls);
      tensors.put("ctr." + level, new float[cells]);
      tensors.put("dist." + level, dist);
    }
    tensors.get("cls.0")[64 + CELL] = (float) Math.log(0.8 / 0.2);
    return tensors;
  }

  private static TeacherArrays dense() {
    Map<String, FloatArray> maps = new HashMap<>();
    logits()
        .forEach(
            (name, values) -> {
              int side = name.endsWith("0") ? 8 : 4;
              maps.put(
                  name, array(new long[] {1, values.length / side / side, side, side}, values));
            });
    return new TeacherArrays(maps, Map.of(), Map.of());
  }

  /** Of the fine level one position alone. */
  private static TeacherArrays sparse(int position) {
    Map<String, StoredRows> rows = new HashMap<>();
    logits()
        .forEach(
            (name, values) -> {
              int cells = name.endsWith("0") ? 64 : 16;
              int channels = values.length / cells;
              int[] index = new int[cells];
              Arrays.fill(index, -1);
              float[] row = new float[0];
              if (cells == 64) {
                index[position] = 0;
                row = new float[channels];
                for (int c = 0; c < channels; c++) {
                  row[c] = values[c * cells + position];
                }
              }
              rows.put(
                  name,
                  new StoredRows(
                      array(new long[] {row.length / channels, channels}, row), index, cells));
            });
    return new TeacherArrays(Map.of(), Map.of(), rows);
  }

  private static FloatArray array(long[] shape, float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
    bytes.asFloatBuffer().put(values);
    return new FloatArray(shape, bytes);
  }
}
