package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.schemas.archive.Erasure;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.teacher.ledger.LedgerState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A recording leaves one broker and arrives at another. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RecordingsArchiveIT {
  private static final int VIEWS = 48;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path dir;
  private Site source;
  private Site target;
  private String digest;

  @BeforeAll
  void recordDrawnViews() throws Exception {
    source = new Site(dir.resolve("source"));
    target = new Site(dir.resolve("target"));
    Path annotations = TinyTeacher.draw(dir, "train", VIEWS);
    TinyTeacher.write(dir, "tiny", 4);
    source.publish("drawn", annotations, dir.resolve("images"), TinyTeacher.SIDE);
    source.record("drawn", "first", dir.resolve("tiny"));
    digest = source.describe("first").get("digest").asText();
    source.done("recordings", "export", "first", dir.resolve("archive").toString());
  }

  @AfterAll
  void stopBrokers() {
    source.close();
    target.close();
  }

  @Test
  @Order(0)
  void anExportThatWasCutOffIsClearedAndOtherFilesAreNot() throws Exception {
    Path cut = Files.createDirectories(dir.resolve(".again.unfinished"));
    Path other = Files.writeString(cut.resolve("thesis.txt"), "precious");
    Files.writeString(cut.resolve("index.avro"), "cut off");

    CommandRun refused = source.run("recordings", "export", "first", dir + "/again");

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .startsWith("lectern: " + cut + ": found files that no export made; move them");
    assertThat(other).hasContent("precious");

    Files.delete(other);
    source.done("recordings", "export", "first", dir + "/again");
    assertThat(cut).doesNotExist();
  }

  @Test
  @Order(1)
  void anArchiveIsReadWithPlainAvroAndHasTheSumsItStates() throws Exception {
    Path archive = dir.resolve("archive");
    try (Stream<Path> files = Files.list(archive)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "SHA256SUMS",
              "recording.avro",
              "dataset.avro",
              "index.avro",
              "dead-letters.avro",
              "catalog.avro",
              "places.avro",
              "views.avro",
              "class-scores.avro",
              "box-logits.avro",
              "fpn-features.avro");
    }
    Process check =
        new ProcessBuilder("sha256sum", "-c", "--quiet", "SHA256SUMS")
            .directory(archive.toFile())
            .redirectErrorStream(true)
            .start();
    assertThat(new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).isEmpty();
    assertThat(check.waitFor()).isZero();
    List<GenericRecord> payloads = new ArrayList<>();
    try (DataFileReader<GenericRecord> in =
        new DataFileReader<>(
            archive.resolve("class-scores.avro").toFile(), new GenericDatumReader<>())) {
      in.forEach(payloads::add);
    }
    assertThat(payloads).hasSize(VIEWS);
    assertThat(payloads.get(0).getSchema()).isEqualTo(TeacherTensors.getClassSchema());
  }

  @Test
  @Order(2)
  void aDamagedArchiveLeavesNoRecordingBehind() throws Exception {
    Path damaged = copyOfArchive("damaged");
    Path file = damaged.resolve("box-logits.avro");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));

    CommandRun run = target.run("recordings", "import", damaged.toString());

    assertOneLine(run, 1, "box-logits.avro");
    assertThat(target.run("recordings", "list").out()).contains("no recordings");
  }

  @Test
  @Order(3)
  void aSecondImportGoesOnAndTheDigestIsTheSame() throws Exception {
    CommandRun run =
        target.run("recordings", "import", dir.resolve("archive").toString(), "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode done = JSON.readTree(run.out());
    assertThat(done.get("digest").asText()).isEqualTo(digest);
    // The damaged archive broke off in the middle; what it brought in is not brought again.
    assertThat(done.get("payloads").asInt()).isBetween(1, 3 * VIEWS - 1);
    assertThat(done.get("payloads").asInt() % 3).isZero();
    CommandRun verified = target.run("recordings", "verify", "first");
    assertThat(verified.exitCode()).as(verified.out()).isZero();
    assertThat(verified.out()).contains("sound", digest);
  }

  @Test
  @Order(4)
  void aStudentTrainsFromTheImportedRecording() throws Exception {
    Path config =
        Files.writeString(
            dir.resolve("run.yaml"),
            """
            recording: first
            out: %s
            epochs: 1
            batch-size: 16
            losses: [{name: ld}, {name: kd}]
            """
                    .formatted(dir.resolve("run"))
                + TinyTeacher.studentYaml());

    CommandRun trained = target.run("train", "--config", config.toString());

    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.out()).contains("done after 1 epochs, " + VIEWS / 16 + " steps");
  }

  @Test
  @Order(4)
  void theArchiveTrainsTheStudentThatItsBrokerTrains() throws Exception {
    // Given what the broker trains, with distillation and from the dataset alone
    String distilled = "losses: [{name: ld}, {name: kd}]\nrecording: first\n";
    String alone = "dataset: drawn\n";
    Path student = trained(source, "broker", distilled);
    Path baseline = trained(source, "broker-alone", alone);

    // When the same is trained where no broker is, from the folder and from a web server
    try (FileServer server = FileServer.start(dir)) {
      String folder = "archives: [archive]\n";
      String address = "archives: ['" + server.address() + "/archive/']\n";
      for (String where : List.of(folder, address)) {
        String name = where.equals(folder) ? "folder" : "address";
        Path filled = withoutBroker(name + "-filled", distilled + where);
        Path read = withoutBroker(name + "-read", distilled + where + "replay: {store: none}\n");
        Path noTeacher = withoutBroker(name + "-alone", alone + where);

        // Then
        assertThat(filled).hasSameBinaryContentAs(student);
        assertThat(read).hasSameBinaryContentAs(student);
        assertThat(noTeacher).hasSameBinaryContentAs(baseline);
      }
      assertThat(server.ranges()).isGreaterThan(4L * VIEWS);
    }
    assertThat(Files.readAllLines(dir.resolve("address-read/metrics.jsonl")))
        .last()
        .asString()
        .contains("\"event\":\"evaluation\"", "\"images\":" + VIEWS);
  }

  @Test
  @Order(4)
  void aDamagedOrOlderArchiveOrAWrongNameEndsATrainingWithOneLine() throws Exception {
    Path damaged = copyOfArchive("flipped");
    byte[] bytes = Files.readAllBytes(damaged.resolve("class-scores.avro"));
    bytes[bytes.length / 2] ^= 1;
    Files.write(damaged.resolve("class-scores.avro"), bytes);
    Path older = copyOfArchive("older");
    Files.write(
        older.resolve("SHA256SUMS"),
        Files.readAllLines(older.resolve("SHA256SUMS")).stream()
            .filter(line -> !line.endsWith("places.avro"))
            .toList());

    assertOneLine(fromArchive("damage", "recording: first\n", damaged), 1, "class-scores.avro");
    assertOneLine(fromArchive("old", "recording: first\n", older), 2, "an older version");
    assertOneLine(
        fromArchive("wrong", "recording: second\n", dir.resolve("archive")),
        2,
        "archives: found recordings [first], expected 'second' among them");
    assertOneLine(
        fromArchive("none", "recording: first\n", dir.resolve("images")), 2, "found no SHA256SUMS");
  }

  private Path trained(Site site, String name, String settings) throws Exception {
    site.done("train", "--config", runFile(name, settings).toString());
    return dir.resolve(name).resolve("student.safetensors");
  }

  private Path withoutBroker(String name, String settings) throws Exception {
    CommandRun run =
        CommandRun.of(
            "train",
            "--bootstrap-servers",
            "127.0.0.1:1",
            "--config",
            runFile(name, settings).toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    return dir.resolve(name).resolve("student.safetensors");
  }

  private CommandRun fromArchive(String name, String settings, Path archive) throws Exception {
    String losses = "losses: [{name: ld}, {name: kd}]\nreplay: {store: none}\n";
    return CommandRun.of(
        "train",
        "--config",
        runFile(name, settings + losses).toString(),
        "--archive",
        archive.toString());
  }

  private Path runFile(String name, String settings) throws IOException {
    return Files.writeString(
        dir.resolve(name + ".yaml"),
        settings
            + "out: "
            + name
            + "\nseed: 3\nepochs: 2\nbatch-size: 16\nevaluation: {split: train, every-epochs: 2}\n"
            + TinyTeacher.studentYaml());
  }

  @Test
  @Order(5)
  void aRecordingThatExistsIsNotImportedAgain() {
    CommandRun run = target.run("recordings", "import", dir.resolve("archive").toString());

    assertOneLine(run, 2, "recording 'first' exists on this broker");
  }

  @Test
  @Order(6)
  void anotherNameUsesTheDatasetThatIsThere() throws Exception {
    Path slim = dir.resolve("slim");
    source.done("recordings", "export", "first", slim.toString(), "--without-views");
    assertThat(slim.resolve("views.avro")).doesNotExist();

    CommandRun run = target.run("recordings", "import", slim.toString(), "--name", "second");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("imported second", ": 0 views, " + 3 * VIEWS + " payloads");
    assertThat(target.run("recordings", "verify", "second").out()).contains("sound", digest);
    try (ManifestStore manifests = new ManifestStore(target.kafka())) {
      var manifest = manifests.requireRecording("second");
      assertThat(
              RecordingContents.read(
                      target.kafka(), manifest, manifests.requireDataset(manifest.getDataset()))
                  .isComplete())
          .isTrue();
      assertThat(manifest.getEndOffsets().keySet())
          .allSatisfy(partition -> assertThat(partition).startsWith("second."));
    }
  }

  @Test
  @Order(7)
  void aFolderThatIsNoArchiveOrExistsIsOneLine() throws Exception {
    assertOneLine(
        target.run("recordings", "import", dir.resolve("images").toString(), "--name", "x"),
        2,
        "found no SHA256SUMS");
    assertOneLine(
        source.run("recordings", "export", "first", dir.resolve("archive").toString()),
        2,
        "exists already");
    assertOneLine(
        source.run("recordings", "export", "nothing", dir.resolve("new").toString()),
        2,
        "recording 'nothing' does not exist");
    assertThat(dir.resolve("new")).doesNotExist();
  }

  @Test
  @Order(8)
  void aChangedManifestIsRefusedBeforeAnythingIsWritten() throws Exception {
    Path changed = copyOfArchive("changed");
    Files.write(changed.resolve("recording.avro"), new byte[1], StandardOpenOption.APPEND);

    CommandRun run = target.run("recordings", "import", changed.toString(), "--name", "third");

    assertOneLine(run, 1, "recording.avro");
    try (var admin = org.apache.kafka.clients.admin.Admin.create(target.kafka())) {
      assertThat(admin.listTopics().names().get()).noneMatch(topic -> topic.startsWith("third."));
    }
  }

  @Test
  @Order(9)
  void numbersDoNotFollowTheLanguageOfTheUser() throws Exception {
    // Persian has digits of its own, which Java writes where a format follows the language.
    Map<String, String> persian =
        Map.of("JAVA_TOOL_OPTIONS", "-Duser.language=fa -Duser.country=IR");
    List<String> command =
        List.of(
            "recordings",
            "list",
            "--bootstrap-servers",
            source.kafka().get("bootstrap.servers").toString());

    try (Child child = Child.start(dir, persian, command)) {
      assertThat(child.await()).as(child.output()).isZero();
      assertThat(child.output())
          .containsPattern("first +SEALED +drawn +" + VIEWS + " +" + VIEWS + " +0 ");
    }
  }

  @Test
  @Order(10)
  void aDeletedRecordingLeavesNothingOfItsLedger() throws Exception {
    Path states = dir.resolve("source/state");
    assertThat(ledgersOf("first", states)).hasSize(1);

    source.done("recordings", "delete", "first", "--yes", "--state-dir", states.toString());

    assertThat(ledgersOf("first", states)).isEmpty();
    assertThat(source.run("recordings", "list").out()).doesNotContain("first");
  }

  @Test
  @Order(11)
  void anErasureThatCannotBeRightIsOneLineAndTouchesNothing() throws Exception {
    String folder = dir.resolve("refused").toString();
    assertOneLine(
        target.run("erase", "drawn", "--images", "3", "--folder", folder), 2, "add --yes");
    assertOneLine(
        target.run("erase", "drawn", "--images", "3,,4", "--folder", folder, "--yes"),
        2,
        "--images: found an empty id");
    assertOneLine(
        target.run("erase", "drawn", "--images", "x,3", "--folder", folder, "--yes"),
        2,
        "dataset 'drawn': found no views of images [x]");
    assertOneLine(
        target.run("erase", "drown", "--images", "3", "--folder", folder, "--yes"),
        2,
        "dataset 'drown' does not exist; expected one of [drawn]");
    String all =
        IntStream.range(0, VIEWS).mapToObj(String::valueOf).collect(Collectors.joining(","));
    assertOneLine(
        target.run("erase", "drawn", "--images", all, "--folder", folder, "--yes"),
        2,
        "dataset 'drawn': nothing is left without these images");
    assertThat(Path.of(folder)).doesNotExist();
    Path other = Files.createDirectories(dir.resolve("of-another"));
    Files.writeString(
        other.resolve("erasure.json"),
        "{\"stage\":\"WRITTEN\",\"cluster\":\"c\",\"dataset\":\"photos\",\"images\":[\"9\"],"
            + "\"partitions\":1,\"erased\":1,\"datasets\":[],\"recordings\":[]}");
    assertOneLine(
        target.run("erase", "drawn", "--images", "3", "--folder", other.toString(), "--yes"),
        2,
        "found what stays of an interrupted 'erase photos --images 9'");
    assertOneLine(
        target.run("erase", "photos", "--images", "9", "--folder", other.toString(), "--yes"),
        2,
        "found an interrupted 'erase photos --images 9' of another Kafka cluster, c");
    Files.writeString(other.resolve("erasure.json"), "mine");
    assertOneLine(
        target.run("erase", "drawn", "--images", "3", "--folder", other.toString(), "--yes"),
        2,
        "erasure.json: found no note of an erasure");
    Path archives = Files.createDirectories(dir.resolve("archives/mine")).getParent();
    Files.writeString(archives.resolve("mine/SHA256SUMS"), "mine");
    assertOneLine(
        target.run("erase", "drawn", "--images", "3", "--folder", archives.toString(), "--yes"),
        2,
        "found mine, expected an empty or new folder");
    assertThat(archives.resolve("mine/SHA256SUMS")).hasContent("mine");
    assertThat(target.done("recordings", "verify", "second").out()).contains("sound", digest);
  }

  @Test
  @Order(12)
  void anErasureThatIsInterruptedAnywhereEndsWhenItIsGivenAgain() throws Exception {
    // Given what ledgers of both recordings left on this machine
    Path folder = dir.resolve("meanwhile");
    Path states = Files.createDirectories(dir.resolve("states"));
    try (Admin admin = Admin.create(target.kafka())) {
      for (String recording : List.of("first", "second")) {
        Uuid id = TopicCreation.id(admin, recording + ".receipts").orElseThrow();
        Files.createDirectories(states.resolve(recording + "-" + id + "/0"));
      }
    }
    Path unrelated = Files.createDirectories(states.resolve("first-" + Uuid.randomUuid()));

    // When it is interrupted at its first, second, ... event, until what stays is written
    int written = interrupt(folder, () -> hasNote(folder, "WRITTEN"));
    // and from there on again, until the next attempt would end
    int restored = interrupt(folder, () -> !Files.exists(folder));

    // Then every attempt was interrupted elsewhere
    assertThat(written).isGreaterThanOrEqualTo(8);
    assertThat(restored).isGreaterThanOrEqualTo(8);
    for (String recording : List.of("first", "second")) {
      assertThat(target.done("recordings", "verify", recording).out()).contains("sound");
      JsonNode described = target.describe(recording);
      assertThat(described.get("digest").asText()).isNotEqualTo(digest);
      assertThat(described.get("recorded").asInt()).isEqualTo(VIEWS - 1);
      assertThat(described.get("expected").asInt()).isEqualTo(VIEWS - 1);
    }
    try (Stream<Path> left = Files.list(states)) {
      assertThat(left).containsExactly(unrelated);
    }
  }

  @Test
  @Order(13)
  void aRecordingThatCameAfterAnInterruptedErasureIsNotDeleted() throws Exception {
    Path folder = dir.resolve("late");
    String[] again = {"erase", "drawn", "--images", "4", "--folder", folder.toString(), "--yes"};
    erase(
        folder,
        "4",
        (task, unit, total) -> {
          if (task.equals("delete drawn")) {
            throw new Interruption();
          }
          return Progress.silent();
        });
    assertThat(hasNote(folder, "WRITTEN")).isTrue();
    Path left = dir.resolve("left");
    target.done("recordings", "export", "first", left.toString(), "--without-views");
    target.done("recordings", "import", left.toString(), "--name", "late");

    assertOneLine(
        target.run(again),
        2,
        "recording 'late': came after the interrupted 'erase drawn --images 4'");

    target.done("recordings", "delete", "late", "--yes");
    // in a process of its own, as after a kill
    JsonNode remains;
    try (Child child = target.start(concat(again, "--json"))) {
      assertThat(child.await()).as(child.output()).isZero();
      String json =
          child.output().lines().filter(line -> line.startsWith("{")).findFirst().orElseThrow();
      remains = JSON.readTree(json);
    }
    assertThat(remains.get("erased").asInt()).isEqualTo(1);
    assertThat(folder).doesNotExist();
    assertThat(target.describe("second").get("digest").asText())
        .isEqualTo(remains.get("recordings").get("second").asText());
    assertThat(target.done("recordings", "verify", "second").out())
        .contains("second: " + (VIEWS - 2) + " views", "sound");
  }

  /** Gives an erasure again and again, each time interrupted one event later; returns how often. */
  private int interrupt(Path folder, BooleanSupplier done) throws Exception {
    int attempts = 0;
    do {
      erase(folder, "3", new Events(++attempts));
    } while (!done.getAsBoolean());
    return attempts;
  }

  private void erase(Path folder, String image, Progress.Factory progress)
      throws InterruptedException {
    Path states = dir.resolve("states");
    try {
      new Erasure(
              target.kafka(),
              progress,
              (recording, receipts) -> LedgerState.delete(states, recording, receipts))
          .run("drawn", Set.of(image), folder);
    } catch (Interruption e) {
      // As if the process had been killed
    }
  }

  private static final class Interruption extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Interrupts at an event: the start of a job, or its first step. */
  private static final class Events implements Progress.Factory {
    private int left;

    Events(int last) {
      left = last;
    }

    private void event() {
      if (--left == 0) {
        throw new Interruption();
      }
    }

    @Override
    public Progress start(String task, String unit, long total) {
      event();
      return new Progress() {
        private boolean began;

        @Override
        public void advance(long steps) {
          if (!began) {
            began = true;
            event();
          }
        }

        @Override
        public void total(long steps) {}

        @Override
        public void note(String text) {}

        @Override
        public void close() {}
      };
    }
  }

  private static String[] concat(String[] words, String more) {
    String[] all = Arrays.copyOf(words, words.length + 1);
    all[words.length] = more;
    return all;
  }

  private static boolean hasNote(Path folder, String stage) {
    try {
      return Files.readString(folder.resolve("erasure.json")).contains("\"" + stage + "\"");
    } catch (IOException e) {
      return false;
    }
  }

  private static List<Path> ledgersOf(String recording, Path states) throws IOException {
    try (Stream<Path> folders = Files.list(states)) {
      return folders
          .filter(folder -> folder.getFileName().toString().startsWith(recording + "-"))
          .toList();
    }
  }

  private Path copyOfArchive(String name) throws IOException {
    Path copy = Files.createDirectories(dir.resolve(name));
    try (Stream<Path> files = Files.list(dir.resolve("archive"))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  private static void assertOneLine(CommandRun run, int exitCode, String part) {
    assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(exitCode);
    List<String> lines = run.err().lines().toList();
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).startsWith("lectern: ").contains(part);
  }
}
