package dev.lectern.teacher.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.region.LabelledObjects;
import dev.lectern.detector.region.ReachablePositions;
import dev.lectern.detector.region.RegionRules;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.TopicTail;
import dev.lectern.schemas.log.TopicWriter;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RegionRule;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.ValueEncoding;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.TensorWriter;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.teacher.ledger.LedgerApp;
import dev.lectern.teacher.ledger.LedgerConfig;
import dev.lectern.teacher.ledger.LogBatch;
import dev.lectern.teacher.model.DelegatingTeacher;
import dev.lectern.teacher.model.FixedTimeTeacher;
import dev.lectern.teacher.model.InferenceException;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.OnnxModels;
import dev.lectern.teacher.model.SharedFolder;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherOutputs;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeachIT {
  private static final Set<TensorKind> ALL =
      EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES);
  private static final int SIZE = 32;
  private static final String DESCRIPTOR =
      """
      name: tiny
      input: {name: image, width: 32, height: 32, channels: RGB, mean: [100, 110, 120], std: [50, 60, 70]}
      head: {type: GFL, bins: 8, grid-offset: 0.5}
      levels:
        - {stride: 8, class-scores: cls, box-logits: dist, feature: neck, feature-channels: 4}
      class-names: [a, b, c, d, e]
      batch-size: 4
      """;

  @TempDir static Path dir;
  private static EmbeddedBroker broker;
  private static Map<String, Object> client;
  private static Path descriptorFile;
  private static Path modelFile;

  @BeforeAll
  static void start() throws Exception {
    broker =
        EmbeddedBroker.start(
            dir.resolve("broker"),
            0,
            Map.of(
                "group.share.min.record.lock.duration.ms", "1000",
                "group.share.record.lock.duration.ms", "5000"));
    client = Map.of("bootstrap.servers", broker.bootstrapServers());
    descriptorFile = Files.writeString(dir.resolve("tiny.yaml"), DESCRIPTOR);
    modelFile = Files.write(dir.resolve("tiny.onnx"), OnnxModels.detector(SIZE, 8, 4, 5, 8));
  }

  @AfterAll
  static void stop() {
    if (broker != null) {
      broker.close();
    }
  }

  @Test
  void twoWorkersRecordEveryViewOnceAndWhatIsReadBackIsWhatTheModelSays() throws Exception {
    // Given
    DrawnDataset dataset = DrawnDataset.publish(client, "drawn", SIZE, 41);
    Worker first = new Worker(config("drawn", "exact", Values.FLOAT32, "first"));
    Worker second = new Worker(config("drawn", "exact", Values.FLOAT32, "second"));

    // When
    first.start();
    second.start();
    await(first, () -> receipts("exact").size() >= 41);
    seal("exact");
    first.join();
    second.join();

    // Then
    List<Receipt> receipts = receipts("exact");
    assertThat(receipts)
        .extracting(Receipt::getViewId)
        .containsExactlyInAnyOrderElementsOf(
            dataset.views().stream().map(View::getViewId).toList());
    assertThat(receipts).extracting(Receipt::getWorker).contains("first", "second");
    assertThat(receipts)
        .extracting(Receipt::getTeacherId)
        .containsOnly(manifest("exact").getTeacherId());
    assertReadsBackExactly(
        "exact", dataset.views(), receipts, descriptorFile, modelFile, Values.FLOAT32);
    assertThat(manifest("exact").getEncodings())
        .extracting(KindEncoding::getValues)
        .containsOnly(ValueEncoding.FLOAT32);
    assertThat(deadLetters("exact")).isEmpty();
    assertThat(first.count("lectern.teacher.views") + second.count("lectern.teacher.views"))
        .isEqualTo(41);
    assertThat(first.timer("lectern.teacher.inference")).isPositive();
  }

  @Test
  void eachKindIsStoredWithItsOwnEncoding() throws Exception {
    // Given
    DrawnDataset dataset = DrawnDataset.publish(client, "mixed", SIZE, 5);
    Encoding encoding = dense(Values.FLOAT32, Values.FLOAT32, Values.INT8);
    Worker worker = new Worker(config("mixed", "steps", encoding, "only"));

    // When
    worker.start();
    await(worker, () -> receipts("steps").size() >= 5);
    seal("steps");
    worker.join();

    // Then
    assertReadsBackExactly(
        "steps", dataset.views(), receipts("steps"), descriptorFile, modelFile, Values.INT8);
    assertThat(manifest("steps").getEncodings())
        .extracting(e -> e.getKind() + " " + e.getValues() + " " + e.getFilter())
        .containsExactly(
            "CLASS_SCORES FLOAT32 SHUFFLE",
            "BOX_LOGITS FLOAT32 SHUFFLE",
            "FPN_FEATURES INT8 VERTICAL_DELTA");
    assertThat(deadLetters("steps")).isEmpty();
  }

  @Test
  void chosenPositionsAreStoredStatedAndVerified() throws Exception {
    // Given
    DrawnDataset dataset = DrawnDataset.publish(client, "near", SIZE, 5);
    Encoding encoding =
        new Encoding(
            Values.FLOAT32,
            Values.FLOAT32,
            Values.INT8,
            Values.FLOAT32,
            Positions.REGIONS,
            Positions.TOP_SCORE,
            2,
            List.of(
                new Encoding.Priors(
                    RegionRule.ATSS_VLR, null, 0.5, 2.0, 9, 1, List.of(1.0), 0.5, 0, null, 0)),
            null,
            "{}");
    Worker worker = new Worker(config("near", "regions", encoding, "only"));

    // When
    worker.start();
    await(worker, () -> receipts("regions").size() >= 5);
    seal("regions");
    worker.join();

    // Then
    RecordingManifest manifest = manifest("regions");
    TeacherDescriptor descriptor = manifest.getDescriptor();
    List<Integer> strides = TensorLayout.strides(descriptor);
    assertThat(manifest.getEncodings().get(0).getPriors())
        .containsExactly(RegionRules.atssVlr(strides, AnchorGenerator.square(2.0, 0.5), 9));
    assertThat(manifest.getEncodings().get(1).getTopScore()).isEqualTo(2);
    assertThat(manifest.getEncodingChoice()).isEqualTo("{}");
    ReachablePositions reachable =
        new ReachablePositions(descriptor, manifest.getEncodings().get(0).getPriors());
    Map<String, Receipt> byView =
        receipts("regions").stream().collect(Collectors.toMap(Receipt::getViewId, r -> r));
    try (PayloadReader reader = new PayloadReader(client, "regions")) {
      for (View view : dataset.views()) {
        List<int[]> reached = reachable.of(LabelledObjects.of(view).boxes());
        TensorContainer cls =
            TensorContainer.open(
                reader.read(byView.get(view.getViewId()), TensorKind.CLASS_SCORES));
        TensorContainer box =
            TensorContainer.open(reader.read(byView.get(view.getViewId()), TensorKind.BOX_LOGITS));
        for (int l = 0; l < strides.size(); l++) {
          assertThat(cls.positions(cls.find("cls." + l))).containsExactly(reached.get(l));
          assertThat(box.positions(box.find("dist." + l))).hasSize(2);
        }
      }
    }
  }

  @Test
  void whatCannotBeRecordedIsDeadLetteredAndTheRestIsRecorded() throws Exception {
    // Given
    DrawnDataset dataset = DrawnDataset.publish(client, "flawed", SIZE, 9);
    dataset.sendRaw("garbage#0", new byte[] {1, 2, 3});
    long nameless = dataset.sendRaw(null, new byte[] {4, 5}).offset();
    View torn = dataset.view("torn", 50);
    torn.setPixelsSha256(java.nio.ByteBuffer.wrap(new byte[32]));
    dataset.send(torn);
    View large = new DrawnDataset(client, "flawed", 64).view("large", 51);
    dataset.send(large);
    View notFinite = dataset.view("infinite", 52);
    dataset.send(notFinite);
    View stubborn = dataset.view("stubborn", 53);
    dataset.send(stubborn);
    float[] infinite = input(notFinite);
    float[] refused = input(stubborn);
    TeacherFactory factory =
        (config, descriptor, kinds) ->
            new TroubledTeacher(
                TeacherFactory.MODEL_FILE.open(config, descriptor, kinds), infinite, refused);
    Worker worker = new Worker(config("flawed", "partial", Values.FLOAT16, "only"), factory);

    // When
    worker.start();
    await(worker, () -> receipts("partial").size() >= 9 && deadLetters("partial").size() >= 6);
    worker.app.stop();
    worker.join();

    // Then
    assertThat(receipts("partial"))
        .extracting(Receipt::getViewId)
        .containsExactlyInAnyOrderElementsOf(
            dataset.views().stream().map(View::getViewId).toList());
    List<DeadLetter> letters = deadLetters("partial");
    assertThat(letters)
        .extracting(DeadLetter::getViewId)
        .containsExactlyInAnyOrder(
            "garbage#0", null, "torn#0", "large#0", "infinite#0", "stubborn#0");
    assertThat(letter(letters, "garbage#0").getCause()).contains("not a View");
    assertThat(letter(letters, null).getOffset()).isEqualTo(nameless);
    assertThat(letter(letters, "torn#0").getCause()).contains("pixels do not match their SHA-256");
    assertThat(letter(letters, "large#0").getCause())
        .isEqualTo("view large#0: found a canvas of 64x64, the teacher expects 32x32");
    assertThat(letter(letters, "infinite#0").getCause()).contains("Infinity");
    assertThat(letter(letters, "stubborn#0").getCause()).isEqualTo("out of device memory");
    assertThat(letter(letters, "stubborn#0").getAttempts()).isEqualTo(9);
    assertThat(letter(letters, "stubborn#0").getStack()).contains("InferenceException");
    assertThat(worker.count("lectern.teacher.dead.letters")).isEqualTo(6);
    // Without the two records that are not views.
    assertThat(worker.shown).hasValue(9 + 4);
  }

  @Test
  void aStoppedWorkerFinishesWhatItBeganAndAnotherGoesOn() throws Exception {
    // Given
    DrawnDataset dataset = DrawnDataset.publish(client, "relay", SIZE, 60);
    TeacherFactory slow = fixedTime(Duration.ofMillis(100));
    Worker first = new Worker(config("relay", "handed-on", Values.FLOAT16, "first"), slow);
    Worker second = new Worker(config("relay", "handed-on", Values.FLOAT16, "second"), slow);

    // When
    first.start();
    await(first, () -> receipts("handed-on").size() >= 8);
    first.app.stop();
    first.join();
    int finished = receipts("handed-on").size();
    second.start();
    await(second, () -> receipts("handed-on").size() >= 60);
    second.app.stop();
    second.join();

    // Then
    assertThat(finished).isLessThan(60);
    List<String> recorded = receipts("handed-on").stream().map(Receipt::getViewId).toList();
    assertThat(recorded).doesNotHaveDuplicates().hasSize(60);
    assertThat(second.count("lectern.teacher.redeliveries")).isZero();
    assertThat(new HashSet<>(recorded))
        .isEqualTo(new HashSet<>(dataset.views().stream().map(View::getViewId).toList()));
  }

  @Test
  void aLongInferenceKeepsItsViews() throws Exception {
    // Given: the broker takes a view back after 5 s
    DrawnDataset.publish(client, "patient", SIZE, 4);
    TeacherFactory slow = fixedTime(Duration.ofSeconds(7));
    Worker worker = new Worker(config("patient", "renewed", Values.FLOAT16, "only"), slow);

    // When
    worker.start();
    await(worker, () -> worker.silence("inference") > 4);
    double lanes = worker.silence("lanes");
    await(worker, () -> receipts("renewed").size() >= 4);
    worker.app.stop();
    worker.join();

    // Then
    assertThat(receipts("renewed")).hasSize(4);
    assertThat(lanes).as("seconds that a lane was silent").isLessThan(3);
    assertThat(worker.silence("inference")).as("when it has ended").isZero();
    assertThat(worker.count("lectern.teacher.renewals")).isPositive();
    assertThat(worker.count("lectern.teacher.redeliveries")).isZero();
    assertThat(worker.count("lectern.teacher.late.acknowledgements")).isZero();
  }

  @Test
  void aSlowTeacherKeepsAllViewsOfAllLanes() throws Exception {
    // Given: a batch takes longer than the broker waits for a view, and there are many batches
    DrawnDataset.publish(client, "crowded", SIZE, 24);
    TeacherFactory slow = fixedTime(Duration.ofMillis(5500));
    Worker first = new Worker(config("crowded", "in-turn", Values.FLOAT16, "first"), slow);
    Worker second = new Worker(config("crowded", "in-turn", Values.FLOAT16, "second"), slow);

    // When
    first.start();
    second.start();
    await(first, () -> receipts("in-turn").size() >= 24);
    first.app.stop();
    second.app.stop();
    first.join();
    second.join();

    // Then
    assertThat(receipts("in-turn")).extracting(Receipt::getViewId).doesNotHaveDuplicates();
    assertThat(first.count("lectern.teacher.redeliveries")).isZero();
    assertThat(second.count("lectern.teacher.redeliveries")).isZero();
  }

  @Test
  void aBatchThatOutlastsTheDrainingIsLeftToOthers() throws Exception {
    // Given: an inference that nothing interrupts, and a worker that may not wait for it
    DrawnDataset.publish(client, "late", SIZE, 4);
    TeacherFactory stubborn =
        (config, descriptor, kinds) ->
            new Stubborn(new FixedTimeTeacher(descriptor, kinds, Duration.ZERO));
    Encoding encoding = dense(Values.FLOAT16, Values.FLOAT16, Values.FLOAT16);
    Worker worker = new Worker(config("late", "left", encoding, "impatient", 1), stubborn);
    Worker other =
        new Worker(config("late", "left", encoding, "other", 30), fixedTime(Duration.ZERO));

    // When
    worker.start();
    await(worker, () -> worker.silence("inference") > 1);
    worker.app.stop();

    // Then: that was no failure
    worker.join();
    other.start();
    await(other, () -> new HashSet<>(ids(receipts("left"))).size() == 4);
    other.app.stop();
    other.join();
  }

  @Test
  void aModelThatHangsGivesItsViewsBack() throws Exception {
    // Given: a model that never comes back, and a limit of two seconds
    DrawnDataset.publish(client, "hanging", SIZE, 4);
    TeacherFactory hanging =
        (config, descriptor, kinds) ->
            new Hanging(new FixedTimeTeacher(descriptor, kinds, Duration.ZERO));
    Worker worker =
        new Worker(
            limited("hanging", "given-back", new TeachConfig.Limits(MaxFailures.NONE, 2)), hanging);
    Worker other = new Worker(config("hanging", "given-back", dense16(), "other"), fixedTime());

    // When
    worker.start();

    // Then
    assertThatThrownBy(worker::join)
        .rootCause()
        .isInstanceOf(InferenceException.class)
        .hasMessageMatching(
            "the model has been at .*image.* for \\d+ s; its views are given back"
                + " to the queue \\(limit: inference-seconds 2\\)");
    other.start();
    await(other, () -> new HashSet<>(ids(receipts("given-back"))).size() == 4);
    other.app.stop();
    other.join();
  }

  @Test
  void aWorkerAllOfWhoseViewsFailOfOneCauseEnds() throws Exception {
    DrawnDataset.publish(client, "hopeless", SIZE, 12);
    Worker worker =
        new Worker(
            limited(
                "hopeless", "nothing", new TeachConfig.Limits(MaxFailures.parse("100%,6"), 600)),
            says(Float.NaN));

    worker.start();

    assertThatThrownBy(worker::join)
        .rootCause()
        .isInstanceOf(RepeatedFailureException.class)
        .hasMessageStartingWith(
            "recording 'nothing': 6 of the first 6 views failed of one cause, the last ")
        .hasMessageContaining("NaN")
        .hasMessageEndingWith("or raise --max-failures (100%,6)");
    assertThat(receipts("nothing")).isEmpty();
  }

  @Test
  void aSmallDatasetThatFailsWhollyEndsItsWorkerToo() throws Exception {
    DrawnDataset.publish(client, "few", SIZE, 3);
    Worker worker =
        new Worker(
            limited("few", "fewer", TeachConfig.Limits.DEFAULT), says(Float.POSITIVE_INFINITY));

    worker.start();

    assertThatThrownBy(worker::join)
        .rootCause()
        .isInstanceOf(RepeatedFailureException.class)
        .hasMessageContaining("3 of the first 3 views");
  }

  @Test
  void masksOfClassLogitsAreRecordedAtTheirBound() throws Exception {
    for (float mask : new float[] {Float.NEGATIVE_INFINITY, -1e6f}) {
      String name = mask == -1e6f ? "masked-low" : "masked-infinite";
      DrawnDataset.publish(client, name, SIZE, 5);
      Worker worker = new Worker(config(name, name + "-16", dense16(), "only"), says(mask));

      worker.start();
      await(worker, () -> receipts(name + "-16").size() == 5);
      worker.app.stop();
      worker.join();

      assertThat(deadLetters(name + "-16")).isEmpty();
      try (PayloadReader reader = new PayloadReader(client, name + "-16")) {
        for (Receipt receipt : receipts(name + "-16")) {
          TensorContainer scores =
              TensorContainer.open(reader.read(receipt, TensorKind.CLASS_SCORES));
          assertThat(scores.readAll().get(0).toArray()).contains(-10_000f);
        }
      }
    }
  }

  /** A teacher that says one number in place of the first class logit of every view. */
  @Test
  void outputsOfTheSamePixelsAreTakenOver() throws Exception {
    // Given: six views that the teacher has seen, and a dataset that has grown by three
    DrawnDataset.publish(client, "first-version", SIZE, 6);
    Worker seen = new Worker(config("first-version", "of-first", dense16(), "only", 30), says(3));
    seen.start();
    await(seen, () -> receipts("of-first").size() >= 6);
    new LedgerApp(
            new LedgerConfig(
                "of-first",
                dir.resolve("ledger-of-first"),
                LedgerConfig.Lifetime.UNTIL_SEALED,
                LedgerConfig.LocalState.KEEP,
                LedgerConfig.Empty.KEEP_OPEN),
            client,
            Progress.silentFactory(),
            new SimpleMeterRegistry())
        .run();
    seen.join();
    DrawnDataset.publish(client, "second-version", SIZE, 9);
    TeachConfig growing =
        config("second-version", "of-second", dense16(), "only", 30).withTakeOver("of-first");

    // When: a teacher that says something else now
    Worker worker = new Worker(growing, says(7));
    worker.start();
    await(worker, () -> receipts("of-second").size() >= 9);
    seal("of-second");
    worker.join();

    // Then
    Map<String, List<ByteBuffer>> before = payloads("of-first");
    Map<String, List<ByteBuffer>> after = payloads("of-second");
    assertThat(after).hasSize(9).containsAllEntriesOf(before);
    assertThat(after.get("image6#0")).isNotEqualTo(after.get("image0#0"));
    try (PayloadReader reader = new PayloadReader(client, "of-second")) {
      for (Receipt receipt : receipts("of-second")) {
        boolean isNew = receipt.getViewId().compareTo("image6") >= 0;
        assertThat(
                TensorContainer.open(reader.read(receipt, TensorKind.CLASS_SCORES))
                    .readAll()
                    .get(0)
                    .toArray()[0])
            .isEqualTo(isNew ? 7 : 3);
      }
    }
    Worker other =
        new Worker(
            config("second-version", "other", Values.FLOAT32, "only").withTakeOver("of-first"),
            says(3));
    other.start();
    assertThatThrownBy(other::join)
        .hasStackTraceContaining("take-over: recording 'of-first': found CLASS_SCORES FLOAT16");

    // And: what the broker's disk damaged is computed again
    Receipt damaged = receipts("of-first").get(0);
    PayloadLocation at = PayloadReader.location(damaged, TensorKind.CLASS_SCORES);
    LogBatch.at(dir.resolve("broker"), at.getTopic(), at.getPartition(), at.getOffsets().get(0))
        .flipLastByteOfValue();
    Worker mending =
        new Worker(
            config("first-version", "of-third", dense16(), "only", 30).withTakeOver("of-first"),
            says(9));
    mending.start();
    await(mending, () -> receipts("of-third").size() + deadLetters("of-third").size() >= 6);
    seal("of-third");
    mending.join();
    assertThat(deadLetters("of-third")).isEmpty();
    assertThat(payloads("of-third").get(damaged.getViewId()))
        .isNotEqualTo(before.get(damaged.getViewId()));
  }

  private static Map<String, List<ByteBuffer>> payloads(String recording) {
    return receipts(recording).stream()
        .collect(
            Collectors.toMap(
                Receipt::getViewId,
                receipt ->
                    receipt.getPayloads().stream().map(PayloadLocation::getSha256).toList()));
  }

  private static TeacherFactory says(float number) {
    return (config, descriptor, kinds) ->
        new DelegatingTeacher(new FixedTimeTeacher(descriptor, kinds, Duration.ZERO)) {
          @Override
          public void infer(FloatBuffer input, TeacherOutputs outputs) {
            super.infer(input, outputs);
            for (int slot = 0; slot < batchSize(); slot++) {
              outputs.batch(0).put(slot * TensorLayout.size(tensors().get(0)), number);
            }
          }
        };
  }

  private static TeachConfig limited(String dataset, String recording, TeachConfig.Limits limits) {
    return new TeachConfig(
        dataset,
        recording,
        descriptorFile.toString(),
        modelFile.toString(),
        List.of(),
        dense16(),
        null,
        "cpu",
        pipeline(1, 1, 30),
        limits,
        false,
        false,
        "limited");
  }

  private static Encoding dense16() {
    return dense(Values.FLOAT16, Values.FLOAT16, Values.FLOAT16);
  }

  private static TeacherFactory fixedTime() {
    return fixedTime(Duration.ZERO);
  }

  private static List<String> ids(List<Receipt> receipts) {
    return receipts.stream().map(Receipt::getViewId).toList();
  }

  @Test
  void aLargePayloadTravelsInPieces() throws Exception {
    // Given: features of 512 * 64 * 64 numbers, 8 MB
    DrawnDataset.publish(client, "wide", 64, 3);
    Path wide =
        Files.writeString(
            dir.resolve("wide.yaml"),
            DESCRIPTOR
                .replace("width: 32, height: 32", "width: 64, height: 64")
                .replace("stride: 8", "stride: 1")
                .replace("feature-channels: 4", "feature-channels: 512")
                .replace("batch-size: 4", "batch-size: 2"));
    TeachConfig config =
        new TeachConfig(
            "wide",
            "pieces",
            wide.toString(),
            modelFile.toString(),
            List.of("fpn-features"),
            Encoding.dense(Map.of(TensorKind.FPN_FEATURES, Values.FLOAT32)),
            null,
            "cpu",
            pipeline(1, 1, 30),
            TeachConfig.Limits.DEFAULT,
            false,
            false,
            "only");
    Worker worker = new Worker(config, fixedTime(Duration.ofMillis(10)));

    // When
    worker.start();
    await(worker, () -> receipts("pieces").size() >= 3);
    worker.app.stop();
    worker.join();

    // Then
    Receipt receipt = receipts("pieces").get(0);
    assertThat(receipt.getPayloads()).hasSize(1);
    assertThat(receipt.getPayloads().get(0).getOffsets().size())
        .isEqualTo((receipt.getPayloads().get(0).getSize() + (1 << 20) - 1) / (1 << 20))
        .isGreaterThan(4);
    try (PayloadReader reader = new PayloadReader(client, "pieces")) {
      Tensor features =
          TensorContainer.open(reader.read(receipt, TensorKind.FPN_FEATURES)).readAll().get(0);
      assertThat(features.shape()).containsExactly(512, 64, 64);
    }
  }

  @Test
  void theTeachersBoxesAreThoseThatTheRecordingWasBegunWith() throws Exception {
    // Given
    DrawnDataset.publish(client, "annotated", SIZE, 2);
    Encoding first =
        ConfigLoader.of("{class-positions: regions, teacher-boxes: 0.2}", Encoding.class);
    Encoding later = ConfigLoader.of("{class-positions: regions}", Encoding.class);
    Worker worker = new Worker(config("annotated", "begun", first, "first"));
    worker.start();
    await(worker, () -> receipts("begun").size() >= 2);
    seal("begun");
    worker.join();

    // When, Then: a dataset whose views are all annotated would have none
    assertThat(new Worker(config("annotated", "begun", later, "later")).app.run())
        .as("who waits for the seal is done")
        .isTrue();
  }

  @Test
  void aRecordingIsNotMixedAndASealedOneNotWrittenAgain() throws Exception {
    // Given
    DrawnDataset.publish(client, "small", SIZE, 2);
    Worker worker = new Worker(config("small", "kept", Values.FLOAT16, "only"));
    worker.start();
    await(worker, () -> receipts("kept").size() >= 2);
    worker.app.stop();
    worker.join();

    // When, Then
    assertThatThrownBy(() -> new Worker(config("small", "kept", Values.FLOAT32, "w")).app.run())
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("recording 'kept' was begun differently: encodings [CLASS_SCORES ");
    seal("kept");
    assertThat(new Worker(config("small", "kept", Values.FLOAT16, "w")).app.run())
        .as("who waits for the seal is done")
        .isTrue();
    assertThatThrownBy(() -> new Worker(config("small", "kept", Values.FLOAT32, "w")).app.run())
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "recording 'kept' is sealed; expected a new name, or delete the recording first");
    assertThatThrownBy(() -> new Worker(config("smal", "other", Values.FLOAT16, "w")).app.run())
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("dataset 'smal' does not exist")
        .hasMessageContaining("small");
    DrawnDataset.publish(client, "big", 64, 1);
    assertThatThrownBy(() -> new Worker(config("big", "other", Values.FLOAT16, "w")).app.run())
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("dataset 'big' has views of 64x64, teacher 'tiny' expects 32x32");
  }

  @Test
  void aRealTeacherReadsBackExactly() throws Exception {
    // Given
    Path model =
        SharedFolder.resolve("data/models/nanodet_plus_m_1.5x_416/nanodet_plus_m_1.5x_416.onnx");
    Path descriptor = SharedFolder.descriptor("nanodet-plus-m-1.5x-416");
    DrawnDataset dataset = DrawnDataset.publish(client, "real", 416, 11);
    TeachConfig config =
        new TeachConfig(
            "real",
            "nanodet",
            descriptor.toString(),
            model.toString(),
            List.of(),
            dense(Values.FLOAT32, Values.FLOAT32, Values.FLOAT32),
            null,
            "cpu",
            pipeline(2, 4, 30),
            TeachConfig.Limits.DEFAULT,
            false,
            false,
            "only");
    Worker worker = new Worker(config);

    // When
    worker.start();
    await(worker, () -> receipts("nanodet").size() >= 11);
    worker.app.stop();
    worker.join();

    // Then
    assertReadsBackExactly(
        "nanodet", dataset.views(), receipts("nanodet"), descriptor, model, Values.FLOAT32);
  }

  private static void assertReadsBackExactly(
      String recording,
      List<View> views,
      List<Receipt> receipts,
      Path descriptorPath,
      Path model,
      Values features) {
    TeacherDescriptor descriptor = DescriptorYaml.read(descriptorPath);
    try (Teacher teacher = ModelFile.open(descriptor, model, ALL, ComputeDevice.CPU, 1);
        PayloadReader reader = new PayloadReader(client, recording)) {
      TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), teacher.batchSize());
      for (View view : views) {
        FloatBuffer input = TeacherOutputs.floats((long) teacher.batchSize() * teacher.inputSize());
        InputNormalization.of(descriptor).write(Canvas.decode(view), input);
        teacher.infer(input, outputs);
        Receipt receipt =
            receipts.stream()
                .filter(r -> r.getViewId().equals(view.getViewId()))
                .findFirst()
                .orElseThrow();
        List<Tensor> read = new ArrayList<>();
        for (TensorKind kind : ALL) {
          read.addAll(TensorContainer.open(reader.read(receipt, kind)).readAll());
        }
        assertThat(read)
            .extracting(Tensor::name)
            .containsExactlyElementsOf(
                teacher.tensors().stream().map(RecordedTensor::getName).toList());
        for (int i = 0; i < read.size(); i++) {
          Tensor expected = outputs.tensor(i, 0);
          if (teacher.tensors().get(i).getKind() == TensorKind.FPN_FEATURES) {
            expected = stored(expected, features);
          }
          assertThat(java.util.Arrays.equals(read.get(i).toArray(), expected.toArray()))
              .as(view.getViewId() + " " + read.get(i).name())
              .isTrue();
        }
      }
    }
  }

  /** What is left of a tensor after it was stored. */
  private static Tensor stored(Tensor tensor, Values values) {
    byte[] bytes = new TensorWriter().write(List.of(tensor), TensorEncoding.of(values));
    return TensorContainer.open(ByteBuffer.wrap(bytes)).readAll().get(0);
  }

  /** An accelerator that fails on one view and says infinity about another. */
  private static final class TroubledTeacher extends DelegatingTeacher {
    private final float[] infinite;
    private final float[] refused;

    TroubledTeacher(Teacher real, float[] infinite, float[] refused) {
      super(real);
      this.infinite = infinite;
      this.refused = refused;
    }

    @Override
    public void infer(FloatBuffer input, TeacherOutputs outputs) {
      for (int slot = 0; slot < batchSize(); slot++) {
        if (holds(input, slot, refused)) {
          throw new InferenceException("out of device memory", null);
        }
      }
      super.infer(input, outputs);
      for (int slot = 0; slot < batchSize(); slot++) {
        if (holds(input, slot, infinite)) {
          outputs
              .batch(1)
              .put(slot * TensorLayout.size(tensors().get(1)) + 3, Float.POSITIVE_INFINITY);
        }
      }
    }

    private boolean holds(FloatBuffer input, int slot, float[] view) {
      float[] found = new float[view.length];
      input.get(slot * view.length, found);
      return java.util.Arrays.equals(found, view);
    }
  }

  /** Never comes back from its first batch. */
  private static final class Hanging extends DelegatingTeacher {
    Hanging(Teacher quick) {
      super(quick);
    }

    @Override
    public void infer(FloatBuffer input, TeacherOutputs outputs) {
      while (true) {
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  /** Takes four seconds for a batch, whatever happens. */
  private static final class Stubborn extends DelegatingTeacher {
    Stubborn(Teacher quick) {
      super(quick);
    }

    @Override
    public void infer(FloatBuffer input, TeacherOutputs outputs) {
      super.infer(input, outputs);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  private static float[] input(View view) {
    float[] input = new float[3 * SIZE * SIZE];
    InputNormalization.of(DescriptorYaml.read(descriptorFile))
        .write(Canvas.decode(view), FloatBuffer.wrap(input));
    return input;
  }

  private static TeacherFactory fixedTime(Duration time) {
    return (config, descriptor, kinds) -> new FixedTimeTeacher(descriptor, kinds, time);
  }

  private static TeachConfig config(
      String dataset, String recording, Values values, String worker) {
    return config(dataset, recording, dense(values, values, values), worker);
  }

  private static TeachConfig config(
      String dataset, String recording, Encoding encoding, String worker) {
    return config(dataset, recording, encoding, worker, 30);
  }

  private static TeachConfig config(
      String dataset, String recording, Encoding encoding, String worker, int drainSeconds) {
    return new TeachConfig(
        dataset,
        recording,
        descriptorFile.toString(),
        modelFile.toString(),
        List.of(),
        encoding,
        null,
        "cpu",
        pipeline(1, 2, drainSeconds),
        TeachConfig.Limits.DEFAULT,
        true,
        false,
        worker);
  }

  private static TeachConfig.Pipeline pipeline(int threads, int lanes, int drainSeconds) {
    return new TeachConfig.Pipeline(
        threads, lanes, 1, 1, 20, TopicWriter.DEFAULT_BUFFER_BYTES, drainSeconds, null);
  }

  private static Encoding dense(Values classScores, Values boxLogits, Values features) {
    return Encoding.dense(
        Map.of(
            TensorKind.CLASS_SCORES,
            classScores,
            TensorKind.BOX_LOGITS,
            boxLogits,
            TensorKind.FPN_FEATURES,
            features));
  }

  /** A worker in this process. */
  private static final class Worker {
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicLong shown = new AtomicLong();
    private final TeachApp app;
    private CompletableFuture<Void> run;

    Worker(TeachConfig config) {
      this(config, TeacherFactory.MODEL_FILE);
    }

    Worker(TeachConfig config, TeacherFactory factory) {
      Progress progress =
          new Progress() {
            @Override
            public void total(long steps) {}

            @Override
            public void advance(long steps) {
              shown.addAndGet(steps);
            }

            @Override
            public void note(String text) {}

            @Override
            public void close() {}
          };
      app = new TeachApp(config, client, (task, unit, total) -> progress, registry, factory);
    }

    void start() {
      run =
          CompletableFuture.runAsync(
              () -> {
                try {
                  app.run();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              },
              task -> new Thread(task, "worker").start());
    }

    void join() throws Exception {
      run.get(60, TimeUnit.SECONDS);
    }

    long count(String counter) {
      return (long) registry.get(counter).counter().count();
    }

    double silence(String part) {
      Gauge gauge = registry.find("lectern.teacher.silence").tag("part", part).gauge();
      return gauge == null ? 0 : gauge.value();
    }

    long timer(String timer) {
      return registry.get(timer).timer().count();
    }
  }

  private static void seal(String recording) throws InterruptedException {
    try (ManifestStore manifests = new ManifestStore(client)) {
      RecordingManifest manifest = manifests.requireRecording(recording);
      manifest.setState(State.SEALED);
      manifests.publish(new Manifest.OfRecording(manifest));
    }
  }

  private static RecordingManifest manifest(String recording) {
    try (ManifestStore manifests = new ManifestStore(client)) {
      return manifests.requireRecording(recording);
    }
  }

  private static DeadLetter letter(List<DeadLetter> letters, String viewId) {
    return letters.stream()
        .filter(l -> java.util.Objects.equals(l.getViewId(), viewId))
        .findFirst()
        .orElseThrow();
  }

  private static List<Receipt> receipts(String recording) {
    return all(Topics.receipts(recording));
  }

  private static List<DeadLetter> deadLetters(String recording) {
    return all(Topics.deadLetters(recording));
  }

  private static <V> List<V> all(Topic<String, V> topic) {
    List<V> values = new ArrayList<>();
    try (TopicTail<String, V> tail = new TopicTail<>(client, topic)) {
      tail.readToEnd(record -> values.add(record.value()));
    }
    return values;
  }

  private static void await(Worker worker, BooleanSupplier condition) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              if (worker.run.isCompletedExceptionally()) {
                worker.join();
              }
              return condition.getAsBoolean();
            });
  }
}
