package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.TensorKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Recordings with payloads that are split, and with views that were given up, leave one broker and
 * arrive at another.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FlawedArchiveIT {
  private static final int VIEWS = 6;
  private static final int SIDE = 576;

  /** Features at 6,480 positions: 6.6 MB of float32 a view, more than a record may have. */
  private static final String WIDE =
      """
      classes: %d
      bins: 5
      strides: [8, 16]
      octave-base-scale: 2
      backbone: {depth: 18, width: 8}
      neck: {channels: 256}
      head: {depth: 1, channels: 8}
      """
          .formatted(ShapeClass.values().length);

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path dir;
  private EmbeddedBroker source;
  private EmbeddedBroker target;

  @BeforeAll
  void recordLargePayloadsOfFlawedDatasets() throws Exception {
    source = EmbeddedBroker.start(dir.resolve("source"));
    target = EmbeddedBroker.start(dir.resolve("target"));
    Path annotations = TinyTeacher.draw(dir, "train", VIEWS, SIDE);
    TinyTeacher.write(dir, "wide", 2, SIDE, WIDE);
    publish("spoiled", annotations);
    new FlawedViews(kafka(source), "spoiled").addOneWithoutPicture();
    publish("torn", annotations);
    new FlawedViews(kafka(source), "torn").addOneThatIsNoRecord();
    record("spoiled", "of-spoiled");
    record("torn", "of-torn");
  }

  private void publish(String dataset, Path annotations) {
    done(
        on(
            source,
            "publish",
            "--name",
            dataset,
            "--format",
            "coco",
            "--annotations",
            annotations.toString(),
            "--images",
            dir.resolve("images").toString(),
            "--size",
            SIDE + "x" + SIDE));
  }

  private void record(String dataset, String recording) throws Exception {
    try (Child ledger =
        Child.start(
            dir,
            "ledger",
            "--recording",
            recording,
            "--state-dir",
            dir.resolve("state").toString(),
            "--until-sealed",
            "--bootstrap-servers",
            source.bootstrapServers())) {
      done(
          on(
              source,
              "teach",
              "--dataset",
              dataset,
              "--recording",
              recording,
              "--teacher",
              dir.resolve("wide.yaml").toString(),
              "--model",
              dir.resolve("wide.onnx").toString(),
              "--set",
              "encoding.fpn-features=float32",
              "--threads",
              "1",
              "--until-sealed"));
      assertThat(ledger.await()).as(ledger.output()).isZero();
    }
    JsonNode description = describe(source, recording);
    assertThat(description.get("recorded").asInt()).isEqualTo(VIEWS);
    assertThat(description.get("deadLettered").asInt()).isEqualTo(1);
  }

  @AfterAll
  void stopBrokers() {
    source.close();
    target.close();
  }

  @Test
  @Order(1)
  void whatWasSplitAndWhatWasGivenUpIsInTheArchive() throws Exception {
    Path archive = dir.resolve("archive");

    done(on(source, "recordings", "export", "of-spoiled", archive.toString()));

    List<GenericRecord> features = records(archive.resolve("fpn-features.avro"));
    assertThat(features).hasSizeGreaterThanOrEqualTo(5 * VIEWS);
    assertThat(features)
        .allSatisfy(chunk -> assertThat((Integer) chunk.get("chunks")).isGreaterThan(4));
    assertThat(records(archive.resolve("views.avro"))).hasSize(VIEWS + 1);
    assertThat(records(archive.resolve("index.avro"))).hasSize(VIEWS);
    assertThat(records(archive.resolve("dead-letters.avro")))
        .singleElement()
        .satisfies(letter -> assertThat(letter.get("viewId")).hasToString(FlawedViews.SPOILED));
  }

  @Test
  @Order(2)
  void anImportThatBreaksOffWithinAPayloadGoesOn() throws Exception {
    Path archive = dir.resolve("archive");
    Path damaged = Files.createDirectories(dir.resolve("damaged"));
    try (Stream<Path> files = Files.list(archive)) {
      for (Path file : files.toList()) {
        Files.copy(file, damaged.resolve(file.getFileName()));
      }
    }
    Path features = damaged.resolve("fpn-features.avro");
    byte[] bytes = Files.readAllBytes(features);
    Files.write(features, Arrays.copyOf(bytes, bytes.length / 2));

    CommandRun broken =
        on(
            target,
            "recordings",
            "import",
            damaged.toString(),
            "--name",
            "moved",
            "--partitions",
            "2");
    CommandRun whole =
        on(target, "recordings", "import", archive.toString(), "--name", "moved", "--json");

    assertThat(broken.exitCode()).isEqualTo(1);
    assertThat(broken.err().lines()).hasSize(1);
    assertThat(broken.err()).contains("fpn-features.avro");
    assertThat(whole.exitCode()).as(whole.err()).isZero();
    assertThat(JSON.readTree(whole.out()).get("payloads").asInt())
        .isBetween(1, 3 * VIEWS - 1)
        .satisfies(payloads -> assertThat(payloads % 3).isZero());
  }

  @Test
  @Order(3)
  void whatArrivedIsTheSame() throws Exception {
    JsonNode there = describe(source, "of-spoiled");
    JsonNode here = describe(target, "moved");
    for (String field : List.of("digest", "recorded", "deadLettered", "bytesPerKind")) {
      assertThat(here.get(field)).as(field).isEqualTo(there.get(field));
    }
    CommandRun verified = on(target, "recordings", "verify", "moved", "--pixels");
    assertThat(verified.exitCode()).as(verified.out()).isZero();
    assertThat(verified.out()).contains("sound", there.get("digest").asText());

    RecordingContents contents = contents(target, "moved");
    for (IndexEntry entry : contents.index().values()) {
      assertThat(entry.getReceipt().getPayloads())
          .filteredOn(location -> location.getKind() == TensorKind.FPN_FEATURES)
          .extracting(PayloadLocation::getOffsets)
          .singleElement()
          .satisfies(offsets -> assertThat(offsets).hasSizeGreaterThan(4));
    }
    DeadLetter letter = contents.deadLetters().get(FlawedViews.SPOILED);
    CatalogEntry view = contents.views().get(FlawedViews.SPOILED);
    assertThat(letter.getTopic()).isEqualTo("spoiled.views");
    assertThat(letter.getPartition()).isEqualTo(view.getPartition()).isLessThan(2);
    assertThat(letter.getOffset()).isEqualTo(view.getOffset());
    assertThat(letter.getCause())
        .isEqualTo(
            contents(source, "of-spoiled").deadLetters().get(FlawedViews.SPOILED).getCause());
  }

  @Test
  @Order(4)
  void aRecordingOfAViewThatNobodyCanReadLeavesWithoutTheViews() throws Exception {
    Path archive = dir.resolve("torn");

    CommandRun withViews = on(source, "recordings", "export", "of-torn", archive.toString());
    CommandRun without =
        on(source, "recordings", "export", "of-torn", archive.toString(), "--without-views");
    CommandRun again =
        on(source, "recordings", "import", archive.toString(), "--name", "of-torn-again");

    assertThat(withViews.exitCode()).isEqualTo(1);
    assertThat(withViews.err().lines()).hasSize(1);
    assertThat(withViews.err()).contains("torn.views-").contains("--without-views");
    assertThat(without.exitCode()).as(without.err()).isZero();
    assertThat(again.exitCode()).as(again.err()).isZero();
    JsonNode copy = describe(source, "of-torn-again");
    assertThat(copy.get("digest")).isEqualTo(describe(source, "of-torn").get("digest"));
    assertThat(copy.get("deadLettered").asInt()).isEqualTo(1);
    assertThat(contents(source, "of-torn-again").deadLetters().keySet())
        .containsExactly(FlawedViews.TORN);
    done(on(source, "recordings", "verify", "of-torn-again"));
  }

  private static List<GenericRecord> records(Path file) throws IOException {
    List<GenericRecord> records = new ArrayList<>();
    try (DataFileReader<GenericRecord> in =
        new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
      in.forEach(records::add);
    }
    return records;
  }

  private static RecordingContents contents(EmbeddedBroker broker, String recording) {
    try (ManifestStore manifests = new ManifestStore(kafka(broker))) {
      return RecordingContents.read(kafka(broker), manifests.requireRecording(recording));
    }
  }

  private static Map<String, Object> kafka(EmbeddedBroker broker) {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  private static CommandRun on(EmbeddedBroker broker, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--bootstrap-servers", broker.bootstrapServers()));
    return CommandRun.of(all.toArray(String[]::new));
  }

  private static void done(CommandRun run) {
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  private static JsonNode describe(EmbeddedBroker broker, String recording) throws IOException {
    CommandRun run = on(broker, "recordings", "describe", recording, "--json");
    done(run);
    return JSON.readTree(run.out());
  }
}
