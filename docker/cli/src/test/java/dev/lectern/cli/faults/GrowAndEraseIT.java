package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.cli.Child;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.Site;
import dev.lectern.cli.TinyTeacher;
import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A dataset gets more images, and loses one that somebody wants to be forgotten. */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GrowAndEraseIT {
  private static final int FEW = 6;
  private static final int MORE = 9;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An id that no other byte of a broker happens to spell. */
  private static final String IMAGE = "770000077";

  @TempDir private static Path dir;
  private Site site;
  private SortedMap<String, CatalogEntry> before;

  @BeforeAll
  void publishAndRecord() throws Exception {
    // The broker of a test does not keep deleted files for a minute.
    site =
        new Site(
            dir.resolve("site"),
            Map.of("log.segment.delete.delay.ms", "100", "log.initial.task.delay.ms", "100"));
    TinyTeacher.write(dir, "tiny", 4);
    publish("drawn", FEW);
    site.record("drawn", "first", dir.resolve("tiny"));
  }

  @AfterAll
  void stopBroker() {
    site.close();
  }

  /** Two views an image, the second of four images each. */
  private CommandRun publish(String name, int images) throws IOException {
    Path annotations = TinyTeacher.draw(dir, "train" + images, images);
    String text = Files.readString(annotations);
    Files.writeString(
        annotations,
        text.replaceAll("\"id\":3,\"file_name\"", "\"id\":" + IMAGE + ",\"file_name\"")
            .replaceAll("\"image_id\":3,", "\"image_id\":" + IMAGE + ","));
    return site.run(
        "publish",
        "--name",
        name,
        "--format",
        "coco",
        "--annotations",
        annotations.toString(),
        "--images",
        dir.resolve("images").toString(),
        "--split",
        "train",
        "--size",
        TinyTeacher.SIDE + "x" + TinyTeacher.SIDE,
        "--plan",
        "yolov8",
        "--views-per-image",
        "2",
        "--json");
  }

  @Test
  @Order(1)
  void aVersionWithMoreImagesSharesTheViewsAndTheirOutputs() throws Exception {
    before = catalog("drawn");

    CommandRun refused = publish("drawn", MORE);
    JsonNode published = JSON.readTree(publish("drawn@2", MORE).out());
    site.record("drawn@2", "second", dir.resolve("tiny"), "--set", "take-over=first");

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("to add images to it: drawn@2");
    assertThat(published.get("published").asInt()).isEqualTo(2 * (MORE - FEW));
    assertThat(published.get("skipped").asInt()).isEqualTo(2 * FEW);
    assertThat(catalog("drawn")).isEqualTo(before);
    assertThat(catalog("drawn@2")).hasSize(2 * MORE).containsAllEntriesOf(before);
    assertThat(
            TopicReader.ends(site.kafka(), List.of(Topics.views("drawn@2"))).values().stream()
                .mapToLong(Long::longValue)
                .sum())
        .isEqualTo(2 * MORE);
    assertThat(site.done("recordings", "verify", "first").out())
        .contains("sound")
        .doesNotContain("passed over");
    assertThat(site.done("recordings", "verify", "second").out()).contains("sound");
    JsonNode compared =
        JSON.readTree(site.done("recordings", "diff", "first", "second", "--json").out());
    assertThat(compared.get("views").asInt()).isEqualTo(2 * FEW);
    assertThat(compared.get("tensors").get(0).get("equal").asInt()).isEqualTo(2 * FEW);
    Path run = dir.resolve("run.yaml");
    Files.writeString(
        run,
        "recording: second\nout: run\nepochs: 1\nbatch-size: 6\nlosses: [{name: kd}]\n"
            + TinyTeacher.studentYaml());
    assertThat(site.done("train", "--config", run.toString()).out()).contains("2 steps");
  }

  @Test
  @Order(2)
  void anErasedImageIsNowhereOnTheBroker() throws Exception {
    // Given what the broker's files hold of it: its name, pixels, annotations and outputs
    Map<String, byte[]> traces = traces();
    traces.forEach((what, bytes) -> assertThat(filesWith(bytes)).as(what).isNotEmpty());
    String first = site.describe("first").get("digest").asText();
    Path folder = dir.resolve("meanwhile");
    String[] erase = {
      "erase",
      "drawn",
      "--images",
      IMAGE,
      "--folder",
      folder.toString(),
      "--state-dir",
      dir.resolve("site/state").toString(),
      "--json"
    };
    assertThat(site.run(erase).err()).contains("add --yes");
    erase[erase.length - 1] = "--yes";

    // When it is killed after each of its jobs, and given again
    killAfter("look for the images", erase);
    for (String job :
        List.of(
            "export views of drawn",
            "export views of drawn@2",
            "export first",
            "export second",
            "delete drawn",
            "import views of drawn",
            "import views of drawn@2",
            "import first")) {
      killAfter(job, erase);
      assertThat(folder).as(job).isNotEmptyDirectory();
    }
    CommandRun erased = site.done(erase);

    // Then no file of the broker spells any of it
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () -> traces.forEach((what, bytes) -> assertThat(filesWith(bytes)).as(what).isEmpty()));
    assertThat(folder).doesNotExist();
    assertThat(dir.resolve("site/state")).isEmptyDirectory();
    // and the rest is there, whole, under a new seal
    SortedMap<String, CatalogEntry> left = catalog("drawn");
    assertThat(left).doesNotContainKeys(IMAGE + "#0", IMAGE + "#1").hasSizeLessThan(2 * FEW - 1);
    assertThat(left).hasSizeGreaterThanOrEqualTo(FEW - 1);
    for (String recording : List.of("first", "second")) {
      JsonNode described = site.describe(recording);
      assertThat(erased.out()).contains(described.get("digest").asText());
      assertThat(site.done("recordings", "verify", recording).out()).contains("sound");
    }
    assertThat(site.describe("first").get("digest").asText()).isNotEqualTo(first);
    assertThat(site.describe("first").get("recorded").asInt()).isEqualTo(left.size());
    try (ManifestStore manifests = new ManifestStore(site.kafka())) {
      assertThat(manifests.requireDataset("drawn").getImages()).isEqualTo(FEW - 1);
      assertThat(manifests.requireDataset("drawn@2").getImages()).isEqualTo(MORE - 1);
    }
    assertThat(site.run(erase).err()).contains("found no views of images [" + IMAGE + "]");
  }

  private void killAfter(String job, String... command) throws Exception {
    try (Child child = site.start(command)) {
      await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> !child.isAlive() || child.output().contains(job + ": "));
      child.kill();
      assertThat(child.output()).contains(job + ": ").doesNotContain("erased ");
    }
  }

  private SortedMap<String, CatalogEntry> catalog(String dataset) {
    try (ManifestStore manifests = new ManifestStore(site.kafka())) {
      return Catalog.read(site.kafka(), manifests.requireDataset(dataset));
    }
  }

  private Map<String, byte[]> traces() throws IOException {
    Map<String, byte[]> traces = new HashMap<>();
    traces.put("name", IMAGE.getBytes(StandardCharsets.UTF_8));
    List<View> views = new ArrayList<>();
    try (ViewReader reader = new ViewReader(site.kafka(), "drawn")) {
      reader.scan(
          before.values().stream().filter(e -> e.getImageId().equals(IMAGE)).toList(),
          new ViewReader.Handler() {
            @Override
            public void view(CatalogEntry entry, View view) {
              views.add(view);
            }

            @Override
            public void failed(CatalogEntry entry, String at, String why) {
              throw new AssertionError(at + why);
            }
          });
    }
    assertThat(views).hasSize(2);
    views.forEach(view -> traces.put("pixels " + view.getViewId(), middle(view.getPixels())));
    try (ManifestStore manifests = new ManifestStore(site.kafka());
        PayloadReader payloads = new PayloadReader(site.kafka(), "second")) {
      RecordingContents contents =
          RecordingContents.read(
              site.kafka(),
              manifests.requireRecording("second"),
              manifests.requireDataset("drawn@2"));
      Receipt receipt = contents.index().get(IMAGE + "#0").getReceipt();
      traces.put("outputs", middle(payloads.read(receipt, TensorKind.CLASS_SCORES)));
    }
    return traces;
  }

  private static byte[] middle(ByteBuffer bytes) {
    byte[] some = new byte[48];
    bytes.duplicate().position(bytes.position() + bytes.remaining() / 2 - 24).get(some);
    return some;
  }

  private static List<Path> filesWith(byte[] wanted) {
    String text = new String(wanted, StandardCharsets.ISO_8859_1);
    try (Stream<Path> files = Files.walk(dir.resolve("site"))) {
      List<Path> found = new ArrayList<>();
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
          found.add(file);
        }
      }
      return found;
    } catch (IOException | java.io.UncheckedIOException e) {
      // A file went while it was looked at.
      return List.of(dir);
    }
  }
}
