package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.trainer.replay.ReplayConfig.Fill;
import dev.lectern.trainer.testing.SyntheticRecording;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordingSetIT {
  private static final String FIRST = SyntheticRecording.RECORDING;
  private static final String SECOND = "shapes-second";

  @TempDir Path folder;
  private EmbeddedBroker broker;
  private SyntheticRecording first;

  @BeforeEach
  void start() throws InterruptedException {
    broker = EmbeddedBroker.start(folder.resolve("broker"));
    first = new SyntheticRecording(broker.bootstrapServers());
  }

  @AfterEach
  void stop() {
    first.close();
    broker.close();
  }

  private SyntheticRecording second(String dataset, String... classNames)
      throws InterruptedException {
    return new SyntheticRecording(
        broker.bootstrapServers(), dataset, SECOND, SECOND, List.of(classNames));
  }

  @ParameterizedTest
  @CsvSource({"store, BEFORE", "store, BACKGROUND", "none, BACKGROUND"})
  void eachViewComesWithTheOutputsOfBothTeachers(String store, Fill fill)
      throws InterruptedException {
    // Given a second teacher that knows a class more, in another order
    try (SyntheticRecording second = second(SyntheticRecording.DATASET, "red", "green", "blue")) {
      first.record(0, 4, "train");
      second.recordViewsOf(first);
      first.seal();
      second.seal();
      Set<TensorKind> all = EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES);

      // When
      try (StoredReplay replay =
              open(KafkaReplayIT.config(store, fill, 2, 2), Map.of(FIRST, all, SECOND, all));
          Batches batches = replay.batches(replay.plan(0), 0);
          ReplayBatch batch = batches.next()) {
        // Then
        assertThat(replay.recordings()).extracting(r -> r.getName()).containsExactly(FIRST, SECOND);
        assertThat(batch.teachers()).hasSize(2);
        for (int i = 0; i < batch.size(); i++) {
          View view = batch.views().get(i);
          checkSame(first, view.getViewId(), batch.teachers().get(0).maps(), i, all);
          checkSame(
              second,
              view.getViewId(),
              batch.teachers().get(1).maps(),
              i,
              EnumSet.of(TensorKind.BOX_LOGITS, TensorKind.FPN_FEATURES));
          Tensor said = second.said(view.getViewId(), TensorKind.CLASS_SCORES).get(0);
          FloatBuffer found = batch.teachers().get(1).maps().get("cls.0").sample(i);
          int plane = said.values().remaining() / 3;
          assertThat(found.slice(0, plane)).isEqualTo(said.values().slice(2 * plane, plane));
          assertThat(found.slice(plane, plane)).isEqualTo(said.values().slice(0, plane));
        }
      }
    }
  }

  @Test
  void onlyTheKindsThatARecordingIsAskedForAreRead() throws InterruptedException {
    try (SyntheticRecording second = second(SyntheticRecording.DATASET, "green")) {
      first.record(0, 3, "train");
      second.recordViewsOf(first);
      first.seal();
      second.seal();

      try (StoredReplay replay =
              open(
                  ReplayConfig.defaults(),
                  Map.of(
                      FIRST,
                      EnumSet.of(TensorKind.CLASS_SCORES),
                      SECOND,
                      EnumSet.of(TensorKind.FPN_FEATURES)));
          Batches batches = replay.batches(replay.plan(0), 0);
          ReplayBatch batch = batches.next()) {
        assertThat(batch.teachers().get(0).maps()).containsOnlyKeys("cls.0", "cls.1");
        assertThat(batch.teachers().get(1).maps()).containsOnlyKeys("fpn.0", "fpn.1");
      }
    }
  }

  @Test
  void classLogitsOfATeacherThatLacksAClassAreRefused() throws InterruptedException {
    try (SyntheticRecording second = second(SyntheticRecording.DATASET, "green", "red")) {
      first.record(0, 3, "train");
      second.recordViewsOf(first);
      first.seal();
      second.seal();

      assertThatThrownBy(
              () ->
                  open(
                      ReplayConfig.defaults(), Map.of(SECOND, EnumSet.of(TensorKind.CLASS_SCORES))))
          .isInstanceOf(UserMistakeException.class)
          .hasMessage(
              "recording 'shapes-second': the teacher does not know [blue], which the student learns;"
                  + " the key classes maps others onto them, and box logits and features need none");
    }
  }

  @Test
  void viewsThatOneRecordingLacksAreLeftOut() throws InterruptedException {
    try (SyntheticRecording second = second(SyntheticRecording.DATASET, "blue", "red")) {
      first.record(0, 3, "train");
      second.recordViewsOf(first);
      first.record(3, 5, "train");
      first.seal();
      second.seal();

      try (StoredReplay replay = open(ReplayConfig.defaults(), Map.of())) {
        assertThat(replay.plan(0).viewIds())
            .containsExactlyInAnyOrder("image0#0", "image1#0", "image2#0");
      }
    }
  }

  @Test
  void recordingsOfTwoDatasetsAreRefused() throws InterruptedException {
    try (SyntheticRecording second = second("squares", "blue", "red")) {
      first.seal();
      second.seal();

      assertThatThrownBy(this::openSet)
          .isInstanceOf(UserMistakeException.class)
          .hasMessage(
              "recordings: 'shapes-teacher' is of dataset 'shapes' and 'shapes-second' of"
                  + " 'squares', expected recordings of one dataset");
    }
  }

  @Test
  void aSealedAndAnOpenRecordingGrowUntilBothAreSealed() throws InterruptedException {
    try (SyntheticRecording second = second(SyntheticRecording.DATASET, "blue", "red")) {
      first.record(0, 1, "train");
      second.recordViewsOf(first);
      first.seal();

      try (RecordingSet recordings = openSet()) {
        assertThat(recordings.isSealed()).isFalse();
        assertThat(recordings.entries("train")).containsOnlyKeys("image0#0", "image0#1");
      }
      second.seal();
      try (RecordingSet recordings = openSet()) {
        assertThat(recordings.isSealed()).isTrue();
      }
    }
  }

  @Test
  void teachersThatSawDifferentPixelsAreRefused() throws InterruptedException {
    try (SyntheticRecording second = second(SyntheticRecording.DATASET, "blue", "red")) {
      first.record(0, 1, "train");
      IndexEntry entry = second.recordView("image0", 0, "train", "arithmetic@0000");
      ByteBuffer others = ByteBuffer.wrap(new byte[32]);
      entry.getView().setPixelsSha256(others);
      entry.getReceipt().setPixelsSha256(others);
      second.index(entry);

      try (RecordingSet recordings = openSet()) {
        assertThatThrownBy(() -> recordings.entries("train"))
            .isInstanceOf(CorruptRecordingException.class)
            .hasMessage(
                "recordings 'shapes-teacher' and 'shapes-second': their teachers saw different"
                    + " pixels of view image0#0; was the dataset published again?");
      }
    }
  }

  private RecordingSet openSet() {
    return RecordingSet.open(first.kafka(), List.of(FIRST, SECOND));
  }

  private StoredReplay open(ReplayConfig config, Map<String, Set<TensorKind>> kinds) {
    StudentView student =
        new StudentView(
            new InputNormalization(ChannelOrder.BGR, new float[3], new float[] {255, 255, 255}),
            PhotometricNoise.NONE,
            kinds,
            "train",
            11,
            3);
    return StoredReplay.open(
        first.kafka(), openSet(), config, folder, student, Progress.silentFactory());
  }

  private static void checkSame(
      SyntheticRecording recording,
      String viewId,
      Map<String, FloatArray> found,
      int index,
      Set<TensorKind> kinds) {
    for (TensorKind kind : kinds) {
      for (Tensor expected : recording.said(viewId, kind)) {
        assertThat(found.get(expected.name()).sample(index)).isEqualTo(expected.values());
      }
    }
  }
}
