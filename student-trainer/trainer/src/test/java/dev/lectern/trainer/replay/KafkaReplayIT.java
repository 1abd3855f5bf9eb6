package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadException;
import dev.lectern.schemas.log.RecordingRepair;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.trainer.replay.ReplayConfig.Fill;
import dev.lectern.trainer.testing.SyntheticRecording;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KafkaReplayIT {
  private static final int BATCH = 3;

  @TempDir Path folder;
  private EmbeddedBroker broker;
  private SyntheticRecording recording;

  @BeforeEach
  void start() throws InterruptedException {
    broker = EmbeddedBroker.start(folder.resolve("broker"));
    recording = new SyntheticRecording(broker.bootstrapServers());
  }

  @AfterEach
  void stop() {
    recording.close();
    broker.close();
  }

  @ParameterizedTest
  @CsvSource({"store, BEFORE", "store, BACKGROUND", "store, ON_DEMAND", "none, BACKGROUND"})
  void whatIsReplayedIsWhatWasRecorded(String store, Fill fill) throws InterruptedException {
    // Given
    recording.record(0, 7, "train");
    recording.record(7, 9, "val");
    recording.seal();

    // When
    try (StoredReplay replay = open(config(store, fill, 2, 2))) {
      EpochPlan plan = replay.plan(1);
      List<String> seen = new ArrayList<>();
      try (Batches batches = replay.batches(plan, 0)) {
        ReplayBatch batch;
        while ((batch = batches.next()) != null) {
          check(batch);
          batch.views().forEach(view -> seen.add(view.getViewId()));
          batch.close();
        }
      }

      // Then every image of the split came once, in the seeded order, with its view 1
      assertThat(replay.isOpen()).isFalse();
      assertThat(seen).isEqualTo(plan.viewIds()).hasSize(7).allMatch(id -> id.endsWith("#1"));
      assertThat(plan.steps()).isEqualTo(3);
    }
  }

  @Test
  void aRunThatClosesAugmentationEndsOnPlainViews() throws InterruptedException {
    recording.record(0, 7, "train");
    recording.seal();
    StudentView closing = student(Set.of(TensorKind.CLASS_SCORES), 3);

    try (StoredReplay replay = open(ReplayConfig.withoutStore(), closing)) {
      // Epoch 1 of three augmented ones takes view 1, epoch 3 is plain
      assertThat(replay.plan(1).viewIds()).hasSize(7).allMatch(id -> id.endsWith("#1"));
      assertThat(replay.plan(3).viewIds()).hasSize(7).allMatch(id -> id.endsWith("#0"));
      try (Batches batches = replay.batches(replay.plan(3), 0);
          ReplayBatch batch = batches.next()) {
        assertThat(batch.views()).extracting(View::getViewNumber).containsOnly(0);
      }
    }
  }

  @Test
  void aFilledStoreNeedsTheLogNoMore() throws InterruptedException {
    // Given a run that filled its store
    recording.record(0, 4, "train");
    recording.seal();
    ReplayConfig config = config("store", Fill.BEFORE, 1, 2);
    open(config).close();

    // When another one finds the payloads deleted from the log
    RecordingSet recordings =
        RecordingSet.open(recording.kafka(), List.of(SyntheticRecording.RECORDING));
    broker.close();
    try (StoredReplay replay =
        StoredReplay.open(
            Map.of("bootstrap.servers", "127.0.0.1:1"),
            recordings,
            config("store", Fill.ON_DEMAND, 1, 2),
            folder,
            student(EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES)),
            Progress.silentFactory())) {
      try (Batches batches = replay.batches(replay.plan(0), 0);
          ReplayBatch batch = batches.next()) {
        // Then
        check(batch);
      }
    }
  }

  @Test
  void anOpenRecordingIsFollowedUntilItIsSealed() throws InterruptedException {
    // Given
    recording.record(0, 3, "train");

    try (StoredReplay replay = open(ReplayConfig.defaults())) {
      assertThat(replay.isOpen()).isTrue();
      assertThat(replay.plan(0).viewIds()).hasSize(3);

      // When
      recording.record(3, 6, "train");
      recording.seal();
      await().atMost(Duration.ofMinutes(2)).until(() -> !replay.isOpen());

      // Then
      EpochPlan plan = replay.plan(1);
      assertThat(plan.viewIds()).hasSize(6);
      try (Batches batches = replay.batches(plan, 1);
          ReplayBatch batch = batches.next()) {
        check(batch);
        assertThat(batch.views().stream().map(View::getViewId)).isEqualTo(plan.step(1));
      }
    }
  }

  @Test
  void whoeverWaitsForAnOpenRecordingCanBeStopped() throws InterruptedException {
    // Given an open recording with fewer views than a batch
    recording.record(0, 1, "train");
    try (StoredReplay replay = open(ReplayConfig.defaults())) {
      // When
      Thread stopper = new Thread(replay::stopWaiting);
      stopper.start();
      EpochPlan plan = replay.plan(0);
      stopper.join();

      // Then
      assertThat(plan.viewIds()).containsExactly("image0#0");
    }
  }

  @Test
  void theEvaluationSeesEveryPlainViewOfItsSplit() throws InterruptedException {
    // Given
    recording.record(0, 2, "train");
    recording.record(2, 7, "val");
    recording.seal();

    // When
    List<String> seen = new ArrayList<>();
    try (StoredReplay replay = open(ReplayConfig.defaults());
        Batches batches = replay.evaluation("val")) {
      ReplayBatch batch;
      while ((batch = batches.next()) != null) {
        batch.views().forEach(view -> seen.add(view.getViewId()));
        assertThat(batch.teachers()).isEmpty();
        batch.close();
      }
    }

    // Then
    assertThat(seen).containsExactly("image2#0", "image3#0", "image4#0", "image5#0", "image6#0");
  }

  @Test
  void aRecordingThatMixesTeachersIsRefused() {
    // Given
    recording.record(0, 2, "train");
    recording.index(recording.recordView("image2", 0, "train", "other@ffff"));

    // Then
    assertThatThrownBy(() -> RecordingIndex.open(recording.kafka(), SyntheticRecording.RECORDING))
        .isInstanceOf(CorruptRecordingException.class)
        .hasMessage(
            "recording 'shapes-teacher' mixes teachers: view image2#0 is from other@ffff, the"
                + " manifest says arithmetic@0000");
  }

  @Test
  void teacherOutputsOfOtherPixelsAreRefused() {
    // Given
    IndexEntry entry = recording.recordView("image2", 0, "train", "arithmetic@0000");
    entry.getReceipt().setPixelsSha256(ByteBuffer.wrap(new byte[32]));
    recording.index(entry);

    // Then
    assertThatThrownBy(() -> RecordingIndex.open(recording.kafka(), SyntheticRecording.RECORDING))
        .isInstanceOf(CorruptRecordingException.class)
        .hasMessage(
            "recording 'shapes-teacher': the teacher saw other pixels than those of view image2#0");
  }

  @Test
  void aPayloadWithAnotherChecksumIsRefused() throws InterruptedException {
    // Given
    recording.record(0, 3, "train");
    for (IndexEntry entry : recording.entries()) {
      entry.getReceipt().getPayloads().get(1).setCrc32c(12345);
      recording.index(entry);
    }
    recording.seal();

    // Then
    try (StoredReplay replay = open(config("none", Fill.BACKGROUND, 1, 1));
        Batches batches = replay.batches(replay.plan(0), 0)) {
      assertThatThrownBy(batches::next)
          .isInstanceOf(PayloadException.class)
          .hasMessageContaining("CRC32C")
          .hasMessageContaining("view image");
    }
  }

  @Test
  void recordsBehindTheSealChangeNothing() throws InterruptedException {
    // Given
    recording.record(0, 7, "train");
    recording.record(7, 9, "val");
    recording.seal();
    List<ByteBuffer> before = images();

    // When: 24 forged views that agree with themselves, tombstones, and bytes that are not a record
    for (int image = 100; image < 124; image++) {
      recording.index(recording.recordView("image" + image, 0, "train", "arithmetic@0000"));
    }
    for (Topic<String, ?> topic : behindTheSeal()) {
      recording.sendRaw(topic, "image0#0", null);
      recording.sendRaw(topic, "image1#1", new byte[100]);
      recording.sendRaw(topic, "image2#0", new byte[0]);
    }
    recording.sendRaw(Topics.manifests(), "junk", new byte[100]);

    // Then
    assertThat(images()).isEqualTo(before);
    try (StoredReplay replay = open(ReplayConfig.defaults());
        Batches batches = replay.evaluation("val");
        ReplayBatch batch = batches.next()) {
      assertThat(batch.views().stream().map(View::getViewId))
          .containsExactly("image7#0", "image8#0");
      assertThat(batches.next()).isNull();
    }
  }

  @Test
  void whatCompactionErasedOfASealedRecordingIsNamedAndComesBack() throws Exception {
    // Given
    recording.record(0, 3, "train");
    recording.seal();
    List<ByteBuffer> before = images();
    SortedMap<String, CatalogEntry> views = new KafkaSource(recording.kafka()).catalog("shapes");
    RecordingManifest sealed = manifest();
    DatasetManifest dataset = dataset();

    // When: tombstones and junk after the end of index and catalog take the sealed entries along
    try (Admin admin = Admin.create(recording.kafka())) {
      for (Topic<String, ?> topic : behindTheSeal()) {
        CompactedTopic compacted = new CompactedTopic(admin, recording, topic);
        compacted.compactAfter("image0#0", null, "image1#0", new byte[0]);
      }
    }

    // Then each reader says so in one line
    assertThatThrownBy(() -> RecordingIndex.open(recording.kafka(), SyntheticRecording.RECORDING))
        .isInstanceOf(CorruptRecordingException.class)
        .hasMessageStartingWith("recording 'shapes-teacher': found 4 views with digest ")
        .hasMessageContaining(", sealed were 6 with digest " + sealed.getDigest())
        .hasMessageContaining("shapes-teacher.index-")
        .hasMessageEndingWith("lectern recordings repair shapes-teacher");
    assertThatThrownBy(() -> new KafkaSource(recording.kafka()).catalog("shapes"))
        .isInstanceOf(CorruptRecordingException.class)
        .hasMessageStartingWith("dataset 'shapes': found 4 views with digest ");

    // And a repair brings it back
    RecordingRepair.Result repaired =
        RecordingRepair.run(recording.kafka(), SyntheticRecording.RECORDING);
    assertThat(repaired.indexWritten()).isEqualTo(2);
    assertThat(repaired.catalogWritten()).isEqualTo(2);
    assertThat(manifest().getDigest()).isEqualTo(sealed.getDigest());
    assertThat(new KafkaSource(recording.kafka()).catalog("shapes")).isEqualTo(views);
    assertThat(images()).isEqualTo(before);

    // And so does a second one where the first ended before it published the manifests
    try (ManifestStore manifests = new ManifestStore(recording.kafka())) {
      manifests.publish(new Manifest.OfDataset(dataset));
      manifests.publish(new Manifest.OfRecording(sealed));
    }
    assertThatThrownBy(this::images).isInstanceOf(CorruptRecordingException.class);
    RecordingRepair.Result again =
        RecordingRepair.run(recording.kafka(), SyntheticRecording.RECORDING);
    assertThat(again.indexWritten() + again.indexRemoved()).isZero();
    assertThat(again.catalogWritten() + again.catalogRemoved()).isZero();
    assertThat(images()).isEqualTo(before);

    // And one where nothing is amiss leaves the manifest alone
    RecordingManifest whole = manifest();
    RecordingRepair.run(recording.kafka(), SyntheticRecording.RECORDING);
    assertThat(manifest()).isEqualTo(whole);
  }

  private static List<Topic<String, ?>> behindTheSeal() {
    return List.of(
        Topics.index(SyntheticRecording.RECORDING), Topics.catalog(SyntheticRecording.DATASET));
  }

  private RecordingManifest manifest() {
    try (ManifestStore manifests = new ManifestStore(recording.kafka())) {
      return manifests.requireRecording(SyntheticRecording.RECORDING);
    }
  }

  private DatasetManifest dataset() {
    try (ManifestStore manifests = new ManifestStore(recording.kafka())) {
      return manifests.requireDataset(SyntheticRecording.DATASET);
    }
  }

  /** What a student is fed in an epoch. */
  private List<ByteBuffer> images() throws InterruptedException {
    List<ByteBuffer> images = new ArrayList<>();
    try (StoredReplay replay = open(config("none", Fill.BACKGROUND, 1, 1));
        Batches batches = replay.batches(replay.plan(0), 0)) {
      ReplayBatch batch;
      while ((batch = batches.next()) != null) {
        ByteBuffer bytes = batch.images().bytes();
        images.add(ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip());
        batch.close();
      }
    }
    return images;
  }

  @Test
  void anUnknownRecordingIsAMistake() {
    assertThatThrownBy(() -> RecordingIndex.open(recording.kafka(), "nothing"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("recording 'nothing' does not exist; expected one of [shapes-teacher]");
  }

  @Test
  void anEmptySplitIsAMistake() {
    recording.record(0, 1, "val");
    recording.seal();

    assertThatThrownBy(() -> open(ReplayConfig.defaults()))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("no view of split 'train' is recorded");
  }

  private StoredReplay open(ReplayConfig config) {
    return open(config, student(EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES)));
  }

  private StoredReplay open(ReplayConfig config, StudentView student) {
    return StoredReplay.open(
        recording.kafka(),
        RecordingSet.open(recording.kafka(), List.of(SyntheticRecording.RECORDING)),
        config,
        folder,
        student,
        Progress.silentFactory());
  }

  private static StudentView student(Set<TensorKind> kinds) {
    return student(kinds, EpochOrder.NEVER_PLAIN);
  }

  private static StudentView student(Set<TensorKind> kinds, int plainFrom) {
    return new StudentView(
        new InputNormalization(ChannelOrder.BGR, new float[3], new float[] {255, 255, 255}),
        PhotometricNoise.NONE,
        ClassMap.NONE,
        Map.of(SyntheticRecording.RECORDING, kinds),
        "train",
        11,
        BATCH,
        plainFrom,
        StudentCanvas.WHOLE);
  }

  private static void check(ReplayBatch batch) {
    assertThat(batch.images().shape())
        .containsExactly(batch.size(), 3, SyntheticRecording.SIZE, SyntheticRecording.SIZE);
    FloatBuffer images = batch.images().bytes().asFloatBuffer();
    float brightest = 0;
    while (images.hasRemaining()) {
      brightest = Math.max(brightest, images.get());
    }
    assertThat(brightest).isEqualTo(220 / 255f);
    for (int i = 0; i < batch.size(); i++) {
      View view = batch.views().get(i);
      assertThat(view.getGroundTruth()).hasSize(2);
      for (TensorKind kind : EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES)) {
        for (Tensor expected : SyntheticRecording.tensors(view.getViewId(), kind)) {
          FloatBuffer found = batch.teachers().get(0).maps().get(expected.name()).sample(i);
          assertThat(found).isEqualTo(expected.values());
        }
      }
    }
  }

  /** The settings of a store that is read by some threads. */
  static ReplayConfig config(String store, Fill fill, int decodeThreads, int prefetchBatches) {
    return ConfigLoader.of(
        "{store: %s, fill: %s, decode-threads: %d, prefetch-batches: %d}"
            .formatted(store, fill, decodeThreads, prefetchBatches),
        ReplayConfig.class);
  }
}
