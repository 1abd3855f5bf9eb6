package dev.lectern.teacher.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.IndexReader;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadException;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.log.RecordingDeletion;
import dev.lectern.schemas.log.RecordingDescription;
import dev.lectern.schemas.log.RecordingVerifier;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.log.TopicTail;
import dev.lectern.schemas.log.Verification;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class LedgerIT {
  private static final String[] VIEWS = {"a#0", "b#0", "c#0", "d#0", "e#0", "f#0"};

  @TempDir static Path dataDir;
  @TempDir Path stateDir;
  private static EmbeddedBroker broker;
  private static Map<String, Object> client;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start(dataDir);
    client = Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void orderDuplicatesOrphansAndAKilledLedgerDoNotChangeTheSealedContent() throws Exception {
    // Given: a plain recording, each view once; "f" is given up
    RecordingManifest plain;
    try (FakeFleet fleet = new FakeFleet(client, "plain").publish(VIEWS).open()) {
      for (String viewId : List.of("a#0", "b#0", "c#0", "d#0", "e#0")) {
        fleet.record(viewId);
      }
      fleet.giveUp("f#0");
      ledger("plain").run();
      plain = manifest("plain");
    }

    // When: the same views in another order, with duplicates, an orphan, a letter for a view that
    // is
    // recorded later, an unreadable record, and a ledger that is there first and is killed
    RecordingManifest rough;
    try (FakeFleet fleet = new FakeFleet(client, "rough").publish(VIEWS)) {
      Process ledger = ledgerProcess("rough");
      try {
        fleet.open();
        fleet.payloads("d#0");
        fleet.record("e#0");
        fleet.giveUp("b#0");
        fleet.record("d#0");
        awaitIndex("rough", 2);
      } finally {
        ledger.destroyForcibly().waitFor();
      }
      fleet.record("d#0");
      fleet.record("b#0");
      fleet.record("e#0");
      fleet.record("a#0");
      fleet.giveUpUnread(contents("rough").views().get("f#0"));
      CompletableFuture<Void> restarted = inBackground(ledger("rough"));
      fleet.record("c#0");
      restarted.get(90, TimeUnit.SECONDS);
      rough = manifest("rough");
    }

    // Then
    assertThat(rough.getDigest()).hasSize(64).isEqualTo(plain.getDigest());
    for (RecordingManifest manifest : List.of(plain, rough)) {
      assertThat(manifest.getState()).isEqualTo(State.SEALED);
      assertThat(manifest.getExpected()).isEqualTo(6);
      assertThat(manifest.getRecorded()).isEqualTo(5);
      assertThat(manifest.getDeadLettered()).isEqualTo(1);
      assertThat(manifest.getBytesPerKind()).isEqualTo(plain.getBytesPerKind());
    }
    Verification verification = verify("rough");
    assertThat(verification.failures()).isEmpty();
    assertThat(verification.payloads()).isEqualTo(10);
    assertThat(verification.pixels()).isEqualTo(5);
    assertThat(verification.digest()).isEqualTo(plain.getDigest());
    RecordingDescription description = RecordingDescription.of(client, rough, 10);
    assertThat(description.deadLetters())
        .extracting(RecordingDescription.LostView::viewId, RecordingDescription.LostView::cause)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("f#0", "NaN in cls.0"));
  }

  @Test
  void aRecordingOfNothingIsSealedOnlyWhenToldSo() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "hollow").publish(VIEWS).open()) {
      for (String viewId : VIEWS) {
        fleet.giveUp(viewId);
      }

      assertThatThrownBy(() -> inBackground(ledger("hollow")).get(90, TimeUnit.SECONDS))
          .rootCause()
          .isInstanceOf(EmptyRecordingException.class)
          .hasMessage(
              "recording 'hollow' is not sealed: none of its 6 views is recorded, all were given up"
                  + " (NaN in cls.0); mend the teacher and delete the recording, or seal it with"
                  + " --seal-empty");
      assertThat(manifest("hollow").getState()).isEqualTo(State.OPEN);

      inBackground(ledger("hollow", LedgerConfig.Empty.SEAL)).get(90, TimeUnit.SECONDS);
      assertThat(manifest("hollow").getState()).isEqualTo(State.SEALED);
      assertThat(manifest("hollow").getRecorded()).isZero();
    }
  }

  @Test
  void severalInstancesSealOnceAndASealedRecordingStaysAsItIs() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "shared").publish(VIEWS).open()) {
      // Given
      LedgerApp stays =
          new LedgerApp(
              new LedgerConfig(
                  "shared",
                  stateDir,
                  LedgerConfig.Lifetime.UNTIL_STOPPED,
                  LedgerConfig.LocalState.RESET,
                  LedgerConfig.Empty.KEEP_OPEN),
              client,
              Progress.silentFactory(),
              new SimpleMeterRegistry());
      CompletableFuture<Void> first = inBackground(stays);
      CompletableFuture<Void> second = inBackground(ledger("shared"));
      for (String viewId : VIEWS) {
        if (viewId.equals("f#0")) {
          fleet.giveUp(viewId);
        } else {
          fleet.record(viewId);
        }
      }

      // When
      second.get(90, TimeUnit.SECONDS);
      assertThat(first).isNotDone();
      fleet.record("f#0");
      ledger("shared").run();
      stays.stop();
      first.get(60, TimeUnit.SECONDS);

      // Then
      RecordingManifest manifest = manifest("shared");
      assertThat(sealings("shared")).isEqualTo(1);
      assertThat(contents("shared").index()).hasSize(5);
      assertThat(contents("shared").digest(manifest)).isEqualTo(manifest.getDigest());
    }
  }

  @Test
  void verificationNamesWhatIsMissingDamagedOrForeign() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "broken").publish(VIEWS).open()) {
      // Given
      Receipt missing = fleet.payloads("a#0");
      PayloadLocation gone = missing.getPayloads().get(0);
      gone.setOffsets(List.of(gone.getOffsets().get(0), gone.getOffsets().get(1), 10_000L));
      fleet.commit(missing);

      byte[] payload = fleet.payload("b#0", TensorKind.CLASS_SCORES);
      byte[] flipped = payload.clone();
      flipped[flipped.length / 2] ^= 1;
      Receipt damaged = fleet.payloads("b#0");
      damaged.setPayloads(
          List.of(
              fleet.write("b#0", TensorKind.CLASS_SCORES, damaged.getAttemptId(), payload, flipped),
              damaged.getPayloads().get(1)));
      fleet.commit(damaged);

      Receipt other = fleet.payloads("d#0");
      Receipt foreign = fleet.payloads("c#0");
      foreign.setPayloads(List.of(other.getPayloads().get(0), foreign.getPayloads().get(1)));
      fleet.commit(foreign);
      fleet.commit(other);

      byte[] boxes = fleet.payload("e#0", TensorKind.BOX_LOGITS);
      Receipt misplaced = fleet.payloads("e#0");
      misplaced.setPayloads(
          List.of(
              fleet.write("e#0", TensorKind.CLASS_SCORES, misplaced.getAttemptId(), boxes, boxes),
              misplaced.getPayloads().get(1)));
      fleet.commit(misplaced);
      fleet.record("f#0");
      ledger("broken").run();

      // When
      Verification verification = verify("broken");

      // Then
      assertThat(verification.isSound()).isFalse();
      assertThat(verification.payloads()).isEqualTo(12 - 4);
      assertThat(verification.failures())
          .extracting(Verification.Failure::viewId)
          .containsExactlyInAnyOrder("a#0", "b#0", "c#0", "e#0");
      assertThat(failure(verification, "a#0"))
          .contains("missing: chunk 2 of 3 at broken.class-scores-")
          .contains("@10000");
      assertThat(failure(verification, "b#0")).contains("found CRC32C");
      assertThat(failure(verification, "c#0")).contains("has view d#0, expected c#0");
      assertThat(failure(verification, "e#0"))
          .contains("found tensors {dist.0=[8, 2, 3]}, expected {cls.0=[4, 2, 3]}");

      // And: reading singly refuses the same and gives the rest
      try (PayloadReader reader = new PayloadReader(client, "broken")) {
        assertThat(reader.read(other, TensorKind.BOX_LOGITS))
            .isEqualTo(ByteBuffer.wrap(fleet.payload("d#0", TensorKind.BOX_LOGITS)));
        assertThatThrownBy(() -> reader.read(damaged, TensorKind.CLASS_SCORES))
            .isInstanceOf(PayloadException.class)
            .hasMessageContaining("found CRC32C");
        assertThatThrownBy(() -> reader.read(missing, TensorKind.CLASS_SCORES))
            .isInstanceOf(PayloadException.class)
            .hasMessageContaining("@10000: found offsets 0 to ");
      }
    }
  }

  @Test
  void verificationReadsTheViewsAndGoesOnPastDamagedBatches() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "flipped").publish(VIEWS).open()) {
      // Given: a byte of a view with the checksum of its batch made good, one of a payload without
      for (String viewId : VIEWS) {
        fleet.record(viewId);
      }
      ledger("flipped").run();
      CatalogEntry view = contents("flipped").views().get("a#0");
      LogBatch.at(dataDir, "flipped-data.views", view.getPartition(), view.getOffset())
          .flipLastByteOfValue()
          .correctChecksum();
      PayloadLocation payload =
          contents("flipped").index().get("b#0").getReceipt().getPayloads().get(0);
      LogBatch.at(dataDir, payload.getTopic(), payload.getPartition(), payload.getOffsets().get(1))
          .flipLastByteOfValue();

      // When
      Verification verification = verify("flipped");

      // Then
      assertThat(verification.failures())
          .extracting(Verification.Failure::viewId)
          .containsExactlyInAnyOrder("a#0", "b#0");
      assertThat(failure(verification, "a#0")).isEqualTo("pixels differ from the catalog's digest");
      assertThat(failure(verification, "b#0"))
          .contains("flipped.class-scores-", "damaged record batch");
      assertThat(verification.pixels()).isEqualTo(5);
      assertThat(verification.payloads()).isEqualTo(11);

      // And: reading singly refuses it too
      Receipt damaged = contents("flipped").index().get("b#0").getReceipt();
      try (PayloadReader reader = new PayloadReader(client, "flipped")) {
        assertThatThrownBy(() -> reader.read(damaged, payload.getKind()))
            .isInstanceOf(PayloadException.class)
            .hasMessageContaining("damaged record batch");
      }
    }
  }

  @Test
  void recordsThatDoNotDecodeNeitherStopASealNorAVerification() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "junk").publish("a#0", "b#0").open()) {
      // Given: on every topic something that is not a record, in the index a tombstone too
      byte[] junk = new byte[100];
      new Random(1).nextBytes(junk);
      fleet.sendRaw(Topics.manifests(), "junk", junk);
      fleet.sendRaw(Topics.manifests(), "stray", junk);
      fleet.sendRaw(Topics.catalog(fleet.dataset), "b#0", new byte[0]);
      fleet.sendRaw(Topics.views(fleet.dataset), "b#0", junk);
      fleet.sendRaw(Topics.receipts("junk"), "b#0", junk);
      fleet.sendRaw(Topics.deadLetters("junk"), "b#0", junk);
      fleet.record("a#0");
      CompletableFuture<Void> ledger = inBackground(ledger("junk"));
      awaitIndex("junk", 1);
      fleet.sendRaw(Topics.index("junk"), "a#0", null);
      fleet.sendRaw(Topics.index("junk"), "b#0", new byte[0]);
      fleet.sendRaw(Topics.index("junk"), "stray", new byte[0]);

      // When
      fleet.record("b#0");
      ledger.get(90, TimeUnit.SECONDS);
      fleet.sendRaw(Topics.tensors("junk", TensorKind.CLASS_SCORES), "b#0", junk);

      // Then
      Verification verification = verify("junk");
      assertThat(verification.failures()).isEmpty();
      assertThat(verification.views()).isEqualTo(2);
      assertThat(verification.notes())
          .anyMatch(note -> note.startsWith("passed over lectern.manifests-0@"))
          .anyMatch(note -> note.startsWith("passed over junk-data.catalog-"))
          .anyMatch(note -> note.startsWith("passed over junk-data.views-"))
          .anyMatch(note -> note.startsWith("passed over junk.class-scores-"))
          .anyMatch(note -> note.startsWith("passed over junk.receipts-"))
          .anyMatch(note -> note.startsWith("passed over junk.dead-letters-"))
          .anyMatch(note -> note.startsWith("passed over junk.index-"));
    }
  }

  @Test
  void aCatalogEntryForgedBehindTheSealDoesNotKeepARecordingOpen() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "forged").publish("a#0", "b#0").open()) {
      // Given: a view that nobody published, and other pixels for one that somebody did
      CatalogEntry real = contents("forged").views().get("a#0");
      Topic<String, CatalogEntry> catalog = Topics.catalog(fleet.dataset);
      for (String viewId : List.of("a#0", "stray#0")) {
        CatalogEntry forged =
            CatalogEntry.newBuilder(real)
                .setViewId(viewId)
                .setPixelsSha256(ByteBuffer.wrap(new byte[32]))
                .build();
        fleet.sendRaw(
            catalog, viewId, catalog.value().serializer().serialize(catalog.name(), forged));
      }

      // When
      CompletableFuture<Void> ledger = inBackground(ledger("forged"));
      fleet.record("a#0");
      fleet.record("b#0");
      ledger.get(90, TimeUnit.SECONDS);

      // Then
      assertThat(manifest("forged").getRecorded()).isEqualTo(2);
      assertThat(verify("forged").failures()).isEmpty();
    }
  }

  @Test
  void aCatalogEntryThatTheLedgerReadBeforeItKnewOfTheSealDoesNotKeepARecordingOpen()
      throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "early").publish("a#0", "b#0").open();
        ManifestStore manifests = new ManifestStore(client);
        Admin admin = Admin.create(client)) {
      // Given: a ledger that holds the dataset for one that is being published
      DatasetManifest sealed = manifests.requireDataset(fleet.dataset);
      manifests.publish(
          new Manifest.OfDataset(
              DatasetManifest.newBuilder(sealed)
                  .setState(State.OPEN)
                  .setEndOffsets(Map.of())
                  .build()));
      CatalogEntry stray =
          CatalogEntry.newBuilder(contents("early").views().get("a#0"))
              .setViewId("stray#0")
              .build();
      Topic<String, CatalogEntry> catalog = Topics.catalog(fleet.dataset);
      fleet.sendRaw(
          catalog, "stray#0", catalog.value().serializer().serialize(catalog.name(), stray));
      SimpleMeterRegistry meters = new SimpleMeterRegistry();
      CompletableFuture<Void> ledger =
          inBackground(ledger("early", LedgerConfig.Empty.KEEP_OPEN, meters));
      awaitTrue(() -> meters.get("lectern.ledger.expected").gauge().value() == 3);

      // When: it is sealed, and all that the fleet was given is settled
      manifests.publish(new Manifest.OfDataset(sealed));
      fleet.record("a#0");
      fleet.record("b#0");
      Topic<?, ?> views = Topics.views(fleet.dataset);
      Map<TopicPartition, Long> settled = new HashMap<>();
      TopicReader.ends(client, List.of(views))
          .forEach(
              (place, end) ->
                  settled.put(
                      new TopicPartition(
                          views.name(), Integer.parseInt(place.replaceFirst(".*-", ""))),
                      end));
      admin.alterShareGroupOffsets(Topics.fleetGroup("early"), settled).all().get();

      // Then
      ledger.get(90, TimeUnit.SECONDS);
      assertThat(manifest("early").getRecorded()).isEqualTo(2);
      assertThat(verify("early").failures()).isEmpty();
    }
  }

  @Test
  void everyInstanceLearnsWhereTheCatalogEnds() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "late").publish(VIEWS).open();
        ManifestStore manifests = new ManifestStore(client);
        Admin admin = Admin.create(client)) {
      // Given: two instances, each with a partition, of a dataset that is being published
      DatasetManifest sealed = manifests.requireDataset(fleet.dataset);
      manifests.publish(
          new Manifest.OfDataset(
              DatasetManifest.newBuilder(sealed)
                  .setState(State.OPEN)
                  .setEndOffsets(Map.of())
                  .build()));
      CatalogEntry real = contents("late").views().get("a#0");
      List<CompletableFuture<Void>> ledgers =
          List.of(inBackground(ledger("late")), inBackground(ledger("late")));
      Topic<String, CatalogEntry> catalog = Topics.catalog(fleet.dataset);
      awaitTrue(() -> readers(admin, "late", catalog.name()) == 2);

      // When: somebody writes behind its seal
      manifests.publish(new Manifest.OfDataset(sealed));
      Thread.sleep(2000);
      for (String viewId : List.of("s#0", "t#0", "u#0", "v#0", "w#0", "x#0", "y#0", "z#0")) {
        CatalogEntry stray = CatalogEntry.newBuilder(real).setViewId(viewId).build();
        fleet.sendRaw(
            catalog, viewId, catalog.value().serializer().serialize(catalog.name(), stray));
      }
      Map<String, Long> ends = TopicReader.ends(client, List.of(catalog));
      awaitTrue(() -> ends.equals(committed(admin, "late", catalog.name())));

      // Then
      for (String viewId : VIEWS) {
        fleet.record(viewId);
      }
      for (CompletableFuture<Void> ledger : ledgers) {
        ledger.get(60, TimeUnit.SECONDS);
      }
      assertThat(manifest("late").getRecorded()).isEqualTo(6);
    }
  }

  @Test
  void allIsReadOnceEveryInstanceHasCommittedIt() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "behind").publish("a#0", "b#0").open();
        ManifestStore manifests = new ManifestStore(client)) {
      LedgerGroup group = new LedgerGroup(client, manifest("behind"));
      DatasetManifest dataset = manifests.requireDataset(fleet.dataset);
      fleet.record("a#0");
      fleet.record("b#0");
      assertThat(group.hasReadAll(dataset)).isFalse();

      ledger("behind").run();
      CatalogEntry later =
          CatalogEntry.newBuilder(contents("behind").views().get("a#0"))
              .setViewId("later#0")
              .build();
      Topic<String, CatalogEntry> catalog = Topics.catalog(fleet.dataset);
      fleet.sendRaw(
          catalog, "later#0", catalog.value().serializer().serialize(catalog.name(), later));
      assertThat(group.hasReadAll(dataset)).isTrue();

      fleet.record("b#0");
      assertThat(group.hasReadAll(dataset)).isFalse();
    }
  }

  @Test
  void aForgedRecordUnderAViewsKeyDoesNotGiveTheViewUp() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "disputed").publish("a#0", "b#0").open()) {
      // Given: what a worker says of a record that somebody else sent under a view's key
      CatalogEntry real = contents("disputed").views().get("a#0");
      fleet.giveUp("a#0", real.getPartition(), real.getOffset() + 7);
      fleet.record("b#0");
      CompletableFuture<Void> ledger = inBackground(ledger("disputed"));
      awaitIndex("disputed", 1);
      assertThat(contents("disputed").deadLetters()).isEmpty();

      // When
      fleet.record("a#0");
      ledger.get(90, TimeUnit.SECONDS);

      // Then
      assertThat(manifest("disputed").getRecorded()).isEqualTo(2);
      assertThat(manifest("disputed").getDeadLettered()).isZero();
    }
  }

  @Test
  void damagedBatchesOfSmallTopicsArePassedOverByReadersAndNamedByTheLedger() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "scratched").publish("a#0", "b#0").open()) {
      // Given: a stray receipt whose batch is damaged on the broker's disk
      RecordMetadata stray = fleet.sendRaw(Topics.receipts("scratched"), "b#0", new byte[100]);
      LogBatch.at(dataDir, "scratched.receipts", stray.partition(), stray.offset())
          .flipLastByteOfValue();
      fleet.record("a#0");
      fleet.record("b#0");

      // When
      CompletableFuture<Void> ledger = inBackground(ledger("scratched"));

      // Then
      String place = "scratched.receipts-" + stray.partition() + "@" + stray.offset();
      assertThatThrownBy(() -> ledger.get(90, TimeUnit.SECONDS))
          .rootCause()
          .isInstanceOf(KafkaException.class);
      assertThatThrownBy(() -> ledger.get(1, TimeUnit.SECONDS))
          .hasMessageContaining("the ledger's topology ended: " + place + ": damaged record batch");
      assertThat(verify("scratched").notes())
          .anyMatch(note -> note.startsWith("passed over " + place + ": damaged record batch"));
    }
  }

  @Test
  void aDeletedRecordingLeavesNothingBehindAndItsNameCanBeUsedAgain() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "gone").publish("a#0").open();
        Admin admin = Admin.create(client)) {
      // Given
      fleet.record("a#0");
      ledger("gone").run();

      // When
      RecordingDeletion.delete(client, "gone");

      // Then
      awaitTrue(
          () ->
              names(admin).stream()
                  .noneMatch(name -> name.startsWith("gone.") || name.startsWith("lectern.gone")));
      assertThatThrownBy(() -> manifest("gone"))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageStartingWith("recording 'gone' does not exist; expected one of [");
      fleet.open();
      fleet.giveUp("a#0");
      ledger("gone", LedgerConfig.Empty.SEAL).run();
      assertThat(manifest("gone").getDeadLettered()).isEqualTo(1);
    }
  }

  @Test
  void aDeletionThatWasRefusedGoesOnWhenItIsAskedForAgain() throws Exception {
    try (FakeFleet fleet = new FakeFleet(client, "held").publish("a#0").open();
        Admin admin = Admin.create(client)) {
      // Given
      fleet.record("a#0");
      ledger("held").run();

      // When: somebody is still in the ledger's group
      Map<String, Object> member = new HashMap<>(client);
      member.put(ConsumerConfig.GROUP_ID_CONFIG, Topics.ledgerGroup("held"));
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(member, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        consumer.subscribe(List.of(Topics.manifests().name()));
        while (consumer.assignment().isEmpty()) {
          consumer.poll(Duration.ofMillis(100));
        }
        assertThatThrownBy(() -> RecordingDeletion.delete(client, "held"))
            .isInstanceOf(KafkaException.class)
            .hasMessageStartingWith("recording 'held' is only partly deleted, delete it again");
      }
      RecordingDeletion.delete(client, "held");

      // Then
      assertThat(admin.listGroups().all().get())
          .extracting(GroupListing::groupId)
          .doesNotContain(Topics.ledgerGroup("held"), Topics.fleetGroup("held"));
      awaitTrue(() -> names(admin).stream().noneMatch(name -> name.startsWith("held.")));
      assertThatThrownBy(() -> RecordingDeletion.delete(client, "held"))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageStartingWith("recording 'held' does not exist");
    }
  }

  private LedgerApp ledger(String recording) {
    return ledger(recording, LedgerConfig.Empty.KEEP_OPEN);
  }

  private LedgerApp ledger(String recording, LedgerConfig.Empty empty) {
    return ledger(recording, empty, new SimpleMeterRegistry());
  }

  private LedgerApp ledger(String recording, LedgerConfig.Empty empty, SimpleMeterRegistry meters) {
    return new LedgerApp(
        new LedgerConfig(
            recording,
            stateDir,
            LedgerConfig.Lifetime.UNTIL_SEALED,
            LedgerConfig.LocalState.KEEP,
            empty),
        client,
        Progress.silentFactory(),
        meters);
  }

  private static CompletableFuture<Void> inBackground(LedgerApp ledger) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            ledger.run();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private Process ledgerProcess(String recording) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            LedgerMain.class.getName(),
            broker.bootstrapServers(),
            recording,
            stateDir.toString())
        .inheritIO()
        .start();
  }

  private static RecordingManifest manifest(String recording) {
    try (ManifestStore manifests = new ManifestStore(client)) {
      return manifests.requireRecording(recording);
    }
  }

  private static RecordingContents contents(String recording) {
    RecordingManifest manifest = manifest(recording);
    try (ManifestStore manifests = new ManifestStore(client)) {
      return RecordingContents.read(
          client, manifest, manifests.requireDataset(manifest.getDataset()));
    }
  }

  private static Verification verify(String recording) {
    return new RecordingVerifier(client, Progress.silentFactory()).verify(manifest(recording));
  }

  private static String failure(Verification verification, String viewId) {
    return verification.failures().stream()
        .filter(failure -> failure.viewId().equals(viewId))
        .findFirst()
        .orElseThrow()
        .what();
  }

  private static int sealings(String recording) {
    List<Manifest> found = new ArrayList<>();
    try (TopicTail<String, Manifest> tail = new TopicTail<>(client, Topics.manifests())) {
      tail.readToEnd(
          record -> {
            if (record.value() instanceof Manifest.OfRecording r
                && r.name().equals(recording)
                && r.value().getState() == State.SEALED) {
              found.add(r);
            }
          });
    }
    return found.size();
  }

  private static void awaitIndex(String recording, int entries) throws Exception {
    try (IndexReader index = new IndexReader(client, recording)) {
      awaitTrue(
          () -> {
            index.refresh();
            return index.entries().size() == entries;
          });
    }
  }

  /** Instances of a recording's ledger that read partitions of a topic. */
  private static long readers(Admin admin, String recording, String topic) {
    String group = Topics.ledgerGroup(recording);
    try {
      return admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().stream()
          .filter(
              member ->
                  member.assignment().topicPartitions().stream()
                      .anyMatch(partition -> partition.topic().equals(topic)))
          .count();
    } catch (Exception e) {
      return 0; // before the first has joined
    }
  }

  private static Map<String, Long> committed(Admin admin, String recording, String topic) {
    Map<String, Long> committed = new HashMap<>();
    try {
      admin
          .listConsumerGroupOffsets(Topics.ledgerGroup(recording))
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach(
              (partition, at) -> {
                if (partition.topic().equals(topic)) {
                  committed.put(partition.toString(), at.offset());
                }
              });
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return committed;
  }

  private static List<String> names(Admin admin) {
    try {
      return List.copyOf(admin.listTopics().names().get());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitTrue(BooleanSupplier condition) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(condition::getAsBoolean);
  }
}
