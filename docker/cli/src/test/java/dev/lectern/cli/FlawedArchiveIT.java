package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
  private Site source;
  private Site target;

  @BeforeAll
  void recordLargePayloadsOfFlawedDatasets() throws Exception {
    source = new Site(dir.resolve("source"));
    target = new Site(dir.resolve("target"));
    Path annotations = TinyTeacher.draw(dir, "train", VIEWS, SIDE);
    TinyTeacher.write(dir, "wide", 2, SIDE, WIDE);
    Path images = dir.resolve("images");
    source.publish("spoiled", annotations, images, SIDE);
    new FlawedViews(source.kafka(), "spoiled").addOneWithoutPicture();
    source.publish("torn", annotations, images, SIDE);
    new FlawedViews(source.kafka(), "torn").addOneThatIsNoRecord();
    for (String dataset : List.of("spoiled", "torn")) {
      String recording = "of-" + dataset;
      source.record(
          dataset, recording, dir.resolve("wide"), "--set", "encoding.fpn-features=float32");
      assertThat(source.describe(recording).get("recorded").asInt()).isEqualTo(VIEWS);
      assertThat(source.describe(recording).get("deadLettered").asInt()).isEqualTo(1);
    }
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

    source.done("recordings", "export", "of-spoiled", archive.toString());

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
        target.run(
            "recordings", "import", damaged.toString(), "--name", "moved", "--partitions", "2");
    CommandRun whole =
        target.run("recordings", "import", archive.toString(), "--name", "moved", "--json");

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
    JsonNode there = source.describe("of-spoiled");
    JsonNode here = target.describe("moved");
    for (String field : List.of("digest", "recorded", "deadLettered", "bytesPerKind")) {
      assertThat(here.get(field)).as(field).isEqualTo(there.get(field));
    }
    CommandRun verified = target.run("recordings", "verify", "moved");
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

    CommandRun withViews = source.run("recordings", "export", "of-torn", archive.toString());
    CommandRun without =
        source.run("recordings", "export", "of-torn", archive.toString(), "--without-views");
    CommandRun again =
        source.run("recordings", "import", archive.toString(), "--name", "of-torn-again");

    assertThat(withViews.exitCode()).isEqualTo(1);
    assertThat(withViews.err().lines()).hasSize(1);
    assertThat(withViews.err()).contains("torn.views-").contains("--without-views");
    assertThat(without.exitCode()).as(without.err()).isZero();
    assertThat(again.exitCode()).as(again.err()).isZero();
    JsonNode copy = source.describe("of-torn-again");
    assertThat(copy.get("digest")).isEqualTo(source.describe("of-torn").get("digest"));
    assertThat(copy.get("deadLettered").asInt()).isEqualTo(1);
    assertThat(contents(source, "of-torn-again").deadLetters().keySet())
        .containsExactly(FlawedViews.TORN);
    source.done("recordings", "verify", "of-torn-again");
  }

  private static List<GenericRecord> records(Path file) throws IOException {
    List<GenericRecord> records = new ArrayList<>();
    try (DataFileReader<GenericRecord> in =
        new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
      in.forEach(records::add);
    }
    return records;
  }

  private static RecordingContents contents(Site site, String recording) {
    try (ManifestStore manifests = new ManifestStore(site.kafka())) {
      RecordingManifest manifest = manifests.requireRecording(recording);
      return RecordingContents.read(
          site.kafka(), manifest, manifests.requireDataset(manifest.getDataset()));
    }
  }
}
