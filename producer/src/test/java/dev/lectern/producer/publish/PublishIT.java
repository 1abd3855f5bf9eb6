package dev.lectern.producer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.producer.Pictures;
import dev.lectern.producer.Shared;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.log.TopicTail;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.Canvas;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishIT {
  @TempDir static Path broker;
  @TempDir Path folder;

  private static EmbeddedBroker kafka;
  private static Map<String, Object> client;

  @BeforeAll
  static void start() {
    kafka = EmbeddedBroker.start(broker);
    client = Map.of("bootstrap.servers", kafka.bootstrapServers());
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @Test
  void everyViewIsOnTheLogWhereTheCatalogSaysAndTheManifestIsSealed() throws Exception {
    // Given
    DatasetSource source = coco("val", 5);

    // When
    PublishResult result = app(config("whole", source, 2)).run();

    // Then
    assertThat(result.state()).isEqualTo(State.SEALED);
    assertThat(result.views()).isEqualTo(10);
    assertThat(result.published()).isEqualTo(10);
    assertThat(result.objects()).isEqualTo(5);
    assertThat(result.splits()).containsExactly(Map.entry("val", 10L));
    SortedMap<String, CatalogEntry> catalog = catalog("whole");
    assertThat(catalog.keySet())
        .containsExactlyElementsOf(
            List.of("1#0", "1#1", "2#0", "2#1", "3#0", "3#1", "4#0", "4#1", "5#0", "5#1"));
    for (CatalogEntry entry : catalog.values()) {
      View view = view("whole", entry);
      assertThat(view.getViewId()).isEqualTo(entry.getViewId());
      assertThat(view.getPixelsSha256()).isEqualTo(entry.getPixelsSha256());
      assertThat(view.getSplit()).isEqualTo("val");
      Canvas canvas = Canvas.decode(view);
      assertThat(canvas.width()).isEqualTo(64);
    }
    DatasetManifest manifest = manifest("whole");
    assertThat(manifest.getState()).isEqualTo(State.SEALED);
    assertThat(manifest.getDigest()).isEqualTo(result.digest()).hasSize(64);
    assertThat(manifest.getClassNames()).containsExactly("cat", "dog");
    assertThat(manifest.getCategoryIds()).containsExactly(3L, 17L);
    assertThat(manifest.getImages()).isEqualTo(5);
    assertThat(manifest.getSourceFormat()).isEqualTo("coco");
    assertThat(manifest.getPlan()).contains("size: \"64x64\"", "views-per-image: 2");
  }

  @Test
  void anUnlabelledImageIsNotOneWithoutObjects() throws Exception {
    // Given: annotated images, and two that nobody annotated
    DatasetSource source = coco("train", 2);
    for (String name : List.of("u1", "u2")) {
      Pictures.write(
          folder.resolve("more/" + name + ".png"),
          Pictures.encoded(Pictures.gradient(40, 30), "png"));
    }
    PublishConfig config =
        ConfigLoader.bind(
            """
            name: unlabelled
            format: coco
            size: 64x64
            sources:
              - {split: train, annotations: %s, images: %s}
              - {split: train, images: %s, unlabelled: yes}
            """
                .formatted(source.annotations(), source.images(), folder.resolve("more")),
            List.of(),
            PublishConfig.class,
            "test");

    // When
    List<DatasetManifest> before = new CopyOnWriteArrayList<>();
    PublishResult result = app(config, steps -> before.add(manifest("unlabelled"))).run();

    // Then
    assertThat(before.get(0).getState()).isEqualTo(State.OPEN);
    assertThat(before.get(0).getUnlabelled())
        .isEqualTo(manifest("unlabelled").getUnlabelled())
        .isEqualTo(Map.of("train", 2L));
    assertThat(result.splits()).containsExactly(Map.entry("train", 4L));
    Map<String, Boolean> labelled = new TreeMap<>();
    for (CatalogEntry entry : catalog("unlabelled").values()) {
      View view = view("unlabelled", entry);
      labelled.put(view.getImageId(), view.getLabelled());
    }
    assertThat(labelled).isEqualTo(Map.of("1", true, "2", true, "u1", false, "u2", false));
  }

  @Test
  void publishingAgainChangesNothing() throws Exception {
    // Given
    DatasetSource source = coco("train", 4);
    PublishResult first = app(config("again", source, 3)).run();
    Map<Integer, Long> views = endOffsets("again");
    long updatedAt = manifest("again").getUpdatedAt();

    // When
    PublishResult second = app(config("again", source, 3)).run();

    // Then
    assertThat(second.published()).isZero();
    assertThat(second.skipped()).isEqualTo(12);
    assertThat(second.digest()).isEqualTo(first.digest());
    assertThat(endOffsets("again")).isEqualTo(views);
    assertThat(manifest("again").getUpdatedAt()).isEqualTo(updatedAt);
  }

  @Test
  void aStoppedRunGoesOnWhereItStoppedAndEndsInTheSameDigest() throws Exception {
    // Given
    DatasetSource source = coco("train", 30);
    Files.write(source.images().resolve("7.png"), new byte[] {1, 2, 3});
    PublishResult unbroken = app(config("unbroken", source, 2)).run();
    AtomicLong seen = new AtomicLong();
    PublishApp[] app = new PublishApp[1];
    app[0] =
        app(
            config("stopped", source, 2, "threads=1", "in-flight-bytes=1"),
            steps -> {
              if (seen.addAndGet(steps) >= 10) {
                app[0].stop();
              }
            });

    // When
    PublishResult stopped = app[0].run();
    AtomicLong advanced = new AtomicLong();
    PublishResult resumed = app(config("stopped", source, 2), advanced::addAndGet).run();

    // Then
    assertThat(stopped.state()).isEqualTo(State.OPEN);
    assertThat(stopped.published()).isBetween(9L, 13L);
    assertThat(resumed.state()).isEqualTo(State.SEALED);
    assertThat(resumed.skipped()).isEqualTo(stopped.published());
    assertThat(resumed.published() + stopped.published()).isEqualTo(58);
    assertThat(advanced).hasValue(resumed.published());
    assertThat(resumed.digest()).isEqualTo(unbroken.digest());
    assertThat(resumed.objects()).isEqualTo(unbroken.objects());
    assertThat(resumed.images()).isEqualTo(unbroken.images()).isEqualTo(29);
    assertThat(resumed.splits()).isEqualTo(unbroken.splits());
    assertThat(resumed.problems())
        .isEqualTo(unbroken.problems())
        .containsExactly(Map.entry("corrupt-image", 1L));
    assertThat(endOffsets("stopped").values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(58);
  }

  @Test
  void anInterruptEndsTheRunInOrder() throws Exception {
    // Given
    DatasetSource source = coco("train", 30);
    Thread me = Thread.currentThread();
    AtomicLong seen = new AtomicLong();

    // When
    PublishResult result =
        app(
                config("interrupted", source, 1, "threads=1", "in-flight-bytes=1"),
                steps -> {
                  if (seen.addAndGet(steps) == 3) {
                    me.interrupt();
                  }
                })
            .run();

    // Then
    assertThat(Thread.interrupted()).isTrue();
    assertThat(result.state()).isEqualTo(State.OPEN);
    assertThat(result.published()).isBetween(3L, 6L);
    assertThat(catalog("interrupted")).hasSize((int) result.published());
    assertThat(app(config("interrupted", source, 1)).run().views()).isEqualTo(30);
  }

  @Test
  void aViewWithoutCatalogEntryIsWrittenAgain() throws Exception {
    // Given: a run that died between the view and its entry
    DatasetSource source = coco("train", 3);
    PublishResult result = app(config("orphan", source, 1)).run();
    List<String> ids = new ArrayList<>(catalog("orphan").keySet());
    PublishConfig second = config("orphan2", source, 1);
    PublishApp stopped = app(second);
    stopped.stop();
    stopped.run();
    try (var producer =
        new org.apache.kafka.clients.producer.KafkaProducer<>(
            new HashMap<>(client),
            Topics.views("orphan2").key().serializer(),
            Topics.views("orphan2").value().serializer())) {
      View orphan = view("orphan", catalog("orphan").get("2#0"));
      producer
          .send(
              new org.apache.kafka.clients.producer.ProducerRecord<>(
                  Topics.views("orphan2").name(), "2#0", orphan))
          .get();
    }

    // When
    PublishResult resumed = app(second).run();

    // Then
    assertThat(resumed.digest()).isEqualTo(result.digest());
    assertThat(catalog("orphan2").keySet()).containsExactlyElementsOf(ids);
    assertThat(endOffsets("orphan2").values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(4);
  }

  @Test
  void anotherPlanOrSourceUnderTheSameNameIsRefused() throws Exception {
    // Given
    DatasetSource source = coco("train", 2);
    app(config("taken", source, 1)).run();

    // Then
    assertThatThrownBy(() -> app(config("taken", source, 2)).run())
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "dataset taken: has 2 views already, of another view plan (views-per-image: 1 there,"
                + " views-per-image: 2 here); expected the same, or a new name");
    DatasetSource changed = coco("train", 3);
    assertThatThrownBy(() -> app(config("taken", changed, 1)).run())
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("another source")
        .hasMessageEndingWith("; to add images to it: taken@2");
  }

  @Test
  void aVersionAddsImagesAndChangesNone() throws Exception {
    // Given
    DatasetSource few = coco("train", 3);
    DatasetSource more = coco("train", 5);
    PublishResult first = app(config("grown", few, 2)).run();
    SortedMap<String, CatalogEntry> before = catalog("grown");

    // When
    PublishResult second = app(config("grown@2", more, 2)).run();

    // Then
    assertThat(second.published()).isEqualTo(4);
    assertThat(second.views()).isEqualTo(10);
    assertThat(second.images()).isEqualTo(5);
    assertThat(catalog("grown")).hasSize(10).containsAllEntriesOf(before);
    assertThat(app(config("grown", few, 2)).run().digest()).isEqualTo(first.digest());
    assertThat(app(config("grown@2", more, 2)).run().published()).isZero();
    assertThat(second.digest())
        .as("the digest of the same images published at once")
        .isEqualTo(app(config("at-once", more, 2)).run().digest());
    Files.writeString(
        more.annotations(), Files.readString(more.annotations()).replace("[5,6,", "[7,6,"));
    assertRefused("grown@3", more, 2, "annotations are not those of dataset grown@2");
    assertRefused("grown@3", few, 2, "2 of its images are not in the source");
    assertRefused("grown@3", more, 3, "another view plan");
    assertRefused("grown@9", more, 2, "dataset 'grown@8' does not exist");
  }

  private static void assertRefused(String name, DatasetSource source, int views, String why) {
    assertThatThrownBy(() -> app(config(name, source, views)).run())
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(why);
  }

  @Test
  void threadsAndPartitionsDoNotChangeTheDigest() throws Exception {
    // Given
    DatasetSource source = coco("train", 8);
    PublishResult one = app(config("threads1", source, 2, "threads=1", "partitions=1")).run();

    // When
    PublishResult many =
        app(config("threads5", source, 2, "threads=5", "in-flight-bytes=100000")).run();

    // Then
    assertThat(many.digest()).isEqualTo(one.digest());
    assertThat(endOffsets("threads1")).hasSize(1);
    assertThat(endOffsets("threads5")).hasSize(4);
  }

  @Test
  void aBrokerThatDoesNotAnswerIsNamedWithinTheTimeout() throws Exception {
    // Given
    Map<String, Object> nobody =
        Map.of("bootstrap.servers", "127.0.0.1:9", "default.api.timeout.ms", "1500");
    PublishApp app =
        new PublishApp(
            config("nobody", coco("train", 1), 1),
            nobody,
            Progress.silentFactory(),
            new SimpleMeterRegistry());

    // Then
    assertThatThrownBy(app::run)
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("broker at 127.0.0.1:9 unreachable: no answer within 1.5 s");
  }

  @Test
  void aBrokerThatGoesAwayEndsTheRunOnceTheGivenTimeIsUp() throws Exception {
    // Given
    DatasetSource source = coco("train", 20);
    EmbeddedBroker doomed = EmbeddedBroker.start(folder.resolve("doomed"));
    Map<String, Object> impatient =
        Map.of(
            "bootstrap.servers",
            doomed.bootstrapServers(),
            "request.timeout.ms",
            "1500",
            "delivery.timeout.ms",
            "2000",
            "max.block.ms",
            "2000",
            "default.api.timeout.ms",
            "5000");
    AtomicLong seen = new AtomicLong();
    Progress progress =
        watching(
            steps -> {
              if (seen.addAndGet(steps) == 3) {
                new Thread(doomed::close).start();
                await(() -> !answers(doomed));
              }
            });
    PublishApp app =
        new PublishApp(
            config("doomed", source, 1, "threads=1", "in-flight-bytes=1"),
            impatient,
            (task, unit, total) -> progress,
            new SimpleMeterRegistry());

    // Then
    assertThatThrownBy(app::run)
        .isInstanceOf(KafkaException.class)
        .hasMessageContaining("no Kafka broker at " + doomed.bootstrapServers());
    doomed.close();
  }

  @Test
  void brokenImagesAreLeftOutAndCountedAndTheOthersArePublishedInTheirSplits() throws Exception {
    // Given
    DatasetSource train = coco("train", 7);
    byte[] whole = Pictures.encoded(Pictures.gradient(43, 50), "png");
    Path images = train.images();
    Pictures.write(images.resolve("1.png"), Pictures.cut(whole, 0.6));
    Files.delete(images.resolve("2.png"));
    Pictures.write(images.resolve("3.png"), whole);
    Pictures.write(images.resolve("4.png"), Pictures.cmykJpeg(52, 50, 0, 0, 0, 255));
    Pictures.write(
        images.resolve("5.png"),
        Pictures.encoded(
            Pictures.withRectangle(BufferedImage.TYPE_BYTE_GRAY, 55, 50, 1, 1, 9, 9), "png"));
    Pictures.write(
        images.resolve("6.png"),
        Pictures.withOrientation(Pictures.encoded(Pictures.gradient(58, 50), "jpg"), 6));
    DatasetSource val = coco("val", 2);
    PublishConfig config =
        ConfigLoader.bind(
            """
            name: broken
            format: coco
            size: 64x64
            pixel-format: jpeg
            sources:
              - {split: train, annotations: %s, images: %s}
              - {split: val, annotations: %s, images: %s, id-prefix: v}
            """
                .formatted(train.annotations(), images, val.annotations(), val.images()),
            List.of(),
            PublishConfig.class,
            "test");

    // When
    PublishResult result = app(config).run();

    // Then
    assertThat(result.problems())
        .containsOnly(
            Map.entry("truncated-image", 1L),
            Map.entry("missing-image", 1L),
            Map.entry("size-mismatch", 1L),
            Map.entry("cmyk-image", 1L),
            Map.entry("grayscale-image", 1L),
            Map.entry("exif-rotated-image", 1L),
            Map.entry("exif-rotated-boxes", 1L));
    assertThat(result.splits()).containsOnly(Map.entry("train", 4L), Map.entry("val", 2L));
    assertThat(catalog("broken").keySet())
        .containsExactly("4#0", "5#0", "6#0", "7#0", "v1#0", "v2#0");
    assertThat(manifest("broken").getProblems()).isEqualTo(result.problems());
    View turned = view("broken", catalog("broken").get("6#0"));
    assertThat(turned.getSourceWidth()).isEqualTo(50);
    assertThat(turned.getSourceHeight()).isEqualTo(58);
    // Stored 5..25 x 6..36 of 58x50, turned right: x' = 50 - y, y' = x.
    assertThat(turned.getGroundTruth().get(0).getSourceBox())
        .containsExactly(14.0, 5.0, 30.0, 20.0);
  }

  @Test
  void aSplitThatLosesMostOfItsImagesIsRefusedBeforeAnythingIsSent() throws Exception {
    DatasetSource train = coco("train", 9);
    for (int i = 1; i <= 5; i++) {
      Path file = train.images().resolve(i + ".png");
      Pictures.write(file, Pictures.cut(Files.readAllBytes(file), 0.7));
    }

    assertThatThrownBy(() -> app(config("lost", train, 1)).run())
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("split train: 5 of 9 images cannot be used {truncated-image=5}");
    try (ManifestStore store = new ManifestStore(client)) {
      assertThat(store.dataset("lost")).isEmpty();
    }
  }

  @Test
  void aSplitMostOfWhoseImagesDoNotDecodeIsNotSealed() throws Exception {
    DatasetSource train = coco("train", 9);
    for (int i = 1; i <= 5; i++) {
      byte[] jpeg = Pictures.encoded(Pictures.gradient(40 + 3 * i, 50), "jpg");
      Arrays.fill(jpeg, jpeg.length - 400, jpeg.length - 100, (byte) ' ');
      Pictures.write(train.images().resolve(i + ".png"), jpeg);
    }

    assertThatThrownBy(() -> app(config("damaged", train, 1)).run())
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("split train: 5 of 9 images cannot be used {");
    assertThat(manifest("damaged").getState()).isEqualTo(State.OPEN);
  }

  @Test
  void theRealValidationImagesKeepEveryAnnotation() throws Exception {
    // Given
    Path data = Shared.data("coco-mini");
    DatasetSource source =
        DatasetSource.of(
            null, data.resolve("annotations/instances_val2017.json"), data.resolve("val2017"));
    PublishConfig config =
        ConfigLoader.bind(
            "",
            List.of(
                "name=mini",
                "format=coco",
                "annotations=" + source.annotations(),
                "images=" + source.images(),
                "size=416x416",
                "resize=stretch"),
            PublishConfig.class,
            "test");

    // When
    PublishResult result = app(config).run();

    // Then
    assertThat(result.state()).isEqualTo(State.SEALED);
    assertThat(result.images()).isEqualTo(79);
    assertThat(result.objects()).isEqualTo(624);
    assertThat(result.splits()).containsExactly(Map.entry("val", 79L));
    long crowds = 0;
    for (CatalogEntry entry : catalog("mini").values()) {
      crowds += view("mini", entry).getGroundTruth().stream().filter(g -> g.getCrowd()).count();
    }
    assertThat(crowds).isEqualTo(5);
  }

  // ----------------------------------------------------------------------------------- the dataset

  /** As many gradients as asked for, one object each, sizes all different. */
  private DatasetSource coco(String split, int images) throws IOException {
    Path dir = Files.createTempDirectory(folder, "coco");
    StringBuilder entries = new StringBuilder();
    StringBuilder boxes = new StringBuilder();
    for (int i = 1; i <= images; i++) {
      int width = 40 + 3 * i;
      int height = 50;
      BufferedImage image = Pictures.gradient(width, height);
      Pictures.write(dir.resolve(i + ".png"), Pictures.encoded(image, "png"));
      String comma = i > 1 ? "," : "";
      entries.append(
          "%s{\"id\":%d,\"file_name\":\"%d.png\",\"width\":%d,\"height\":%d}"
              .formatted(comma, i, i, width, height));
      boxes.append(
          "%s{\"id\":%d,\"image_id\":%d,\"category_id\":%d,\"bbox\":[5,6,20,30],\"area\":600,\"iscrowd\":0}"
              .formatted(comma, 100 + i, i, i % 2 == 0 ? 3 : 17));
    }
    Path json = dir.resolve("instances.json");
    Files.writeString(
        json,
        "{\"images\":["
            + entries
            + "],\"annotations\":["
            + boxes
            + "],\"categories\":[{\"id\":17,\"name\":\"dog\"},{\"id\":3,\"name\":\"cat\"}]}");
    return DatasetSource.of(split, json, dir);
  }

  private static PublishConfig config(
      String name, DatasetSource source, int viewsPerImage, String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "name=" + name,
                "format=coco",
                "split=" + source.split(),
                "annotations=" + source.annotations(),
                "images=" + source.images(),
                "size=64x64",
                "views-per-image=" + viewsPerImage));
    settings.addAll(List.of(more));
    return ConfigLoader.bind("", settings, PublishConfig.class, "test");
  }

  private static PublishApp app(PublishConfig config) {
    return new PublishApp(config, client, Progress.silentFactory(), new SimpleMeterRegistry());
  }

  private static PublishApp app(PublishConfig config, LongConsumer onAdvance) {
    Progress progress = watching(onAdvance);
    return new PublishApp(
        config, client, (task, unit, total) -> progress, new SimpleMeterRegistry());
  }

  private static boolean answers(EmbeddedBroker broker) {
    String[] address = broker.bootstrapServers().split(":");
    try (Socket socket = new Socket(address[0], Integer.parseInt(address[1]))) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private static Progress watching(LongConsumer onAdvance) {
    return new Progress() {
      @Override
      public void total(long steps) {}

      @Override
      public void advance(long steps) {
        onAdvance.accept(steps);
      }

      @Override
      public void skip(long steps) {}

      @Override
      public void note(String text) {}

      @Override
      public void close() {}
    };
  }

  // --------------------------------------------------------------------------------------- the log

  private static SortedMap<String, CatalogEntry> catalog(String dataset) {
    SortedMap<String, CatalogEntry> entries = new TreeMap<>();
    try (TopicTail<String, CatalogEntry> tail = new TopicTail<>(client, Topics.catalog(dataset))) {
      tail.readToEnd(
          r ->
              assertThat(entries.put(r.key(), r.value()))
                  .as("%s twice in the catalog", r.key())
                  .isNull());
    }
    return entries;
  }

  private static View view(String dataset, CatalogEntry entry) {
    List<View> views = new ArrayList<>();
    try (TopicReader<String, View> reader =
        TopicReader.randomAccess(client, Topics.views(dataset))) {
      reader.read(
          entry.getPartition(),
          entry.getOffset(),
          entry.getOffset() + 1,
          r -> views.add(r.value()));
    }
    assertThat(views).hasSize(1);
    byte[] pixels = new byte[views.get(0).getPixels().remaining()];
    views.get(0).getPixels().duplicate().get(pixels);
    assertThat(HexFormat.of().formatHex(Canvas.sha256(pixels)))
        .isEqualTo(HexFormat.of().formatHex(entry.getPixelsSha256().array()));
    return views.get(0);
  }

  private static Map<Integer, Long> endOffsets(String dataset) {
    try (TopicReader<String, View> reader = TopicReader.sequential(client, Topics.views(dataset))) {
      return reader.endOffsets();
    }
  }

  private static DatasetManifest manifest(String dataset) {
    try (ManifestStore store = new ManifestStore(client)) {
      return store.requireDataset(dataset);
    }
  }
}
