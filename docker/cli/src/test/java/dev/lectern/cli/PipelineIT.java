package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The commands as a user gives them, from a dataset to a trained student, on one broker. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PipelineIT {
  private static final int VIEWS = 240;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path dir;
  private TestBroker broker;
  private String servers;
  private Path annotations;

  @BeforeAll
  void publishDrawnViews() throws Exception {
    broker = TestBroker.start(dir.resolve("broker"), Map.of());
    servers = broker.bootstrapServers();
    annotations = TinyTeacher.draw(dir, "train", VIEWS);
    TinyTeacher.write(dir, "tiny", 1);

    CommandRun run = publish("drawn", annotations);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("SEALED, " + VIEWS + " views");
  }

  @AfterAll
  void stopBroker() {
    broker.close();
  }

  @Test
  void aWorkerKilledInTheMiddleLeavesTheSameDigest() throws Exception {
    record("whole");
    try (Child ledger = ledger("broken");
        Child first = worker("drawn", "broken");
        Child second = worker("drawn", "broken")) {
      long receipts = awaitReceipts("broken");
      first.kill();
      assertThat(receipts).as("receipts when the worker was killed").isLessThan(VIEWS);

      assertThat(second.await()).as(second.output()).isZero();
      assertThat(ledger.await()).as(ledger.output()).isZero();
    }

    JsonNode whole = describe("whole");
    JsonNode broken = describe("broken");
    assertThat(broken.get("state").asText()).isEqualTo("SEALED");
    assertThat(broken.get("recorded").asLong()).isEqualTo(VIEWS);
    assertThat(broken.get("digest").asText()).hasSize(64).isEqualTo(whole.get("digest").asText());
    assertThat(verify("broken").exitCode()).isZero();
  }

  @Test
  void aStudentTrainsOnTheRecordingAndBecomesATeacher() throws Exception {
    record("for-training", "--set", "encoding.box-logits=int8");
    assertThat(verify("for-training").exitCode()).isZero();
    assertThat(describe("for-training").get("encodings").get("BOX_LOGITS").asText())
        .isEqualTo("INT8 DENSE VERTICAL_DELTA ZSTD");
    Path run = dir.resolve("run");
    Path config =
        Files.writeString(
            dir.resolve("run.yaml"),
            """
            recording: for-training
            out: %s
            epochs: 1
            batch-size: 16
            losses: [{name: ld}, {name: kd}]
            evaluation: {split: train}
            """
                    .formatted(run)
                + TinyTeacher.studentYaml());

    CommandRun trained =
        CommandRun.of(
            "train", "--config", config.toString(), "--bootstrap-servers", servers, "--json");
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.out())
        .startsWith("{\"done\":true,\"epochs\":1,\"steps\":" + VIEWS / 16 + ",\"split\":\"train\"");

    for (String loss : List.of("loss_cls", "loss_bbox", "loss_dfl", "loss_ld", "loss_kd")) {
      assertThat(lastMetric(run, loss)).as(loss).isPositive();
    }
    assertThat(Files.readString(run.resolve("evaluation.html")))
        .contains("after 1 epochs, split train", "Precision over recall", "Classes", "Confusions");

    Path student = run.resolve("student.safetensors");
    CommandRun measured =
        CommandRun.of(
            "evaluate",
            "--recording",
            "for-training",
            "--student",
            student.toString(),
            "--split",
            "train",
            "--json",
            "--bootstrap-servers",
            servers);
    assertThat(measured.exitCode()).as(measured.err()).isZero();
    double ap = JSON.readTree(measured.out()).get("AP").asDouble();
    assertThat(JSON.readTree(trained.out()).get("AP").asDouble()).isEqualTo(ap);

    CommandRun exported =
        CommandRun.of(
            "export",
            "--student",
            student.toString(),
            "--out",
            dir.toString(),
            "--name",
            "next",
            "--dataset",
            "drawn",
            "--bootstrap-servers",
            servers);
    assertThat(exported.exitCode()).as(exported.err()).isZero();
    assertThat(dir.resolve("next.onnx")).isNotEmptyFile();
    assertThat(dir.resolve("next.yaml")).content().contains("name: \"next\"");

    try (Child ledger = ledger("of-student")) {
      CommandRun taught =
          CommandRun.of(
              "teach",
              "--bootstrap-servers",
              servers,
              "--dataset",
              "drawn",
              "--recording",
              "of-student",
              "--model",
              student.toString(),
              "--until-sealed");
      assertThat(taught.exitCode()).as(taught.err()).isZero();
      assertThat(ledger.await()).as(ledger.output()).isZero();
    }
    CommandRun asTeacher =
        CommandRun.of(
            "evaluate", "--recording", "of-student", "--json", "--bootstrap-servers", servers);
    assertThat(asTeacher.exitCode()).as(asTeacher.err()).isZero();
    assertThat(JSON.readTree(asTeacher.out()).get("AP").asDouble()).isCloseTo(ap, within(0.002));

    CommandRun again =
        CommandRun.of("train", "--config", config.toString(), "--bootstrap-servers", servers);
    assertOneLine(again, 2, "holds checkpoints of a run");
  }

  @Test
  void aSealedRecordingIsNotWrittenAgain() throws Exception {
    record("final");

    // Who asked for the seal alone is done
    CommandRun late = teach("drawn", "final", dir.resolve("tiny.yaml"), "tiny.onnx");
    assertThat(late.exitCode()).as(late.err()).isZero();
    // Others may have meant another name
    List<String> again =
        new ArrayList<>(
            List.of(
                teaching("drawn", "final", dir.resolve("tiny.yaml"), dir.resolve("tiny.onnx"))));
    assertThat(again.remove("--until-sealed")).isTrue();
    assertOneLine(CommandRun.of(again.toArray(String[]::new)), 2, "recording 'final' is sealed");
  }

  @Test
  void aWorkerEndsInOrderWhenItIsTerminated() throws Exception {
    try (Child worker = worker("drawn", "interrupted")) {
      awaitReceipts("interrupted");
      worker.terminate();

      assertThat(worker.await()).as(worker.output()).isEqualTo(ExitCode.TERMINATED);
      assertThat(worker.output()).contains("stopping teach").contains("teach stopped");
    }
  }

  @Test
  void wrongAnnotationsAreOneLine() throws Exception {
    Path wrong = Files.writeString(dir.resolve("wrong.json"), "{\"images\": 3}");

    assertOneLine(publish("wrong", wrong), 2, wrong.toString());
  }

  @Test
  void aModelOfAnotherShapeIsOneLine() throws Exception {
    Path descriptor = dir.resolve("other-shape.yaml");
    Files.writeString(
        descriptor, Files.readString(dir.resolve("tiny.yaml")).replace("bins: 5", "bins: 8"));

    assertOneLine(teach("drawn", "other-shape", descriptor, "tiny.onnx"), 2, "dist_logits_8");
  }

  @Test
  void anUnknownKeyIsOneLine() {
    CommandRun run = CommandRun.of("ledger", "--recording", "x", "--set", "recordin=y");

    assertOneLine(run, 2, "unknown key 'recordin' (did you mean 'recording'?)");
  }

  @Test
  void aBrokerThatDoesNotAnswerIsOneLine() {
    long start = System.nanoTime();

    CommandRun run =
        CommandRun.of(
            "recordings", "list", "--bootstrap-servers", "127.0.0.1:1", "--broker-timeout", "2");

    assertOneLine(run, 1, "no Kafka broker answers at 127.0.0.1:1");
    assertThat((System.nanoTime() - start) / 1e9).as("seconds").isLessThan(30);
  }

  @Test
  void aRecordingThatDoesNotExistIsOneLine() {
    assertOneLine(verify("nothing"), 2, "recording 'nothing' does not exist");
  }

  @Test
  void nanoDetPlusReadBackFromItsRecordingHasThePublishedAccuracy() throws Exception {
    Path shared = Path.of(System.getProperty("lectern.shared", "shared"));
    Path coco = shared.resolve("data/coco-mini");
    Path model = shared.resolve("data/models/nanodet_plus_m_1.5x_416/nanodet_plus_m_1.5x_416.onnx");
    assumeTrue(Files.isDirectory(coco) && Files.isRegularFile(model), "no shared folder");
    CommandRun published =
        CommandRun.of(
            "publish",
            "--bootstrap-servers",
            servers,
            "--name",
            "mini",
            "--format",
            "coco",
            "--annotations",
            coco.resolve("annotations/instances_val2017.json").toString(),
            "--images",
            coco.resolve("val2017").toString(),
            "--size",
            "416x416",
            "--resize",
            "stretch");
    assertThat(published.exitCode()).as(published.err()).isZero();
    try (Child ledger = ledger("mini-plus")) {
      CommandRun taught =
          teach("mini", "mini-plus", Path.of("../teachers/nanodet-plus-m-1.5x-416.yaml"), model);
      assertThat(taught.exitCode()).as(taught.err()).isZero();
      assertThat(ledger.await()).as(ledger.output()).isZero();
    }

    CommandRun run =
        CommandRun.of(
            "evaluate", "--recording", "mini-plus", "--json", "--bootstrap-servers", servers);

    assertThat(describe("mini-plus").get("encodings").get("FPN_FEATURES").asText())
        .isEqualTo("INT8 DENSE VERTICAL_DELTA ZSTD");
    assertThat(verify("mini-plus").exitCode()).isZero();
    // 0.403 was measured with the same model file, OpenCV and pycocotools.
    assertThat(JSON.readTree(run.out()).get("AP").asDouble()).isCloseTo(0.403, within(0.01));
  }

  @Test
  void aRealTeacherWithThreeAnchorsPerCellHasItsAccuracy() throws Exception {
    Path shared = Path.of(System.getProperty("lectern.shared", "shared"));
    Path coco = shared.resolve("data/coco-mini");
    Path model = shared.resolve("data/models/atss_person_vehicle_bike_2004/atss_pvb2004.onnx");
    assumeTrue(Files.isDirectory(coco) && Files.isRegularFile(model), "no shared folder");
    CommandRun published =
        CommandRun.of(
            "publish",
            "--bootstrap-servers",
            servers,
            "--name",
            "street",
            "--format",
            "coco",
            "--annotations",
            coco.resolve("annotations/instances_val2017.json").toString(),
            "--images",
            coco.resolve("val2017").toString(),
            "--size",
            "448x256",
            "--resize",
            "stretch");
    assertThat(published.exitCode()).as(published.err()).isZero();
    try (Child ledger = ledger("street-atss")) {
      CommandRun taught =
          teach(
              "street",
              "street-atss",
              Path.of("../teachers/atss-person-vehicle-bike-2004.yaml"),
              model);
      assertThat(taught.exitCode()).as(taught.err()).isZero();
      assertThat(ledger.await()).as(ledger.output()).isZero();
    }

    CommandRun run =
        CommandRun.of(
            "evaluate",
            "--recording",
            "street-atss",
            "--class",
            "vehicle=vehicle,car,bus,truck",
            "--class",
            "person",
            "--class",
            "bike=non-vehicle,bicycle,motorcycle",
            "--json",
            "--bootstrap-servers",
            servers);

    // Measured with the same model file against the same classes: AP 0.165, AP50 0.274.
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(JSON.readTree(run.out()).get("AP").asDouble()).isCloseTo(0.165, within(0.002));
    assertThat(JSON.readTree(run.out()).get("AP50").asDouble()).isCloseTo(0.274, within(0.002));
  }

  private static double lastMetric(Path run, String column) throws Exception {
    List<String> lines = Files.readAllLines(run.resolve("metrics.csv"));
    int at = List.of(lines.get(0).split(",")).indexOf(column);
    return Double.parseDouble(lines.get(lines.size() - 1).split(",")[at]);
  }

  private CommandRun publish(String name, Path annotationFile) {
    return CommandRun.of(
        "publish",
        "--bootstrap-servers",
        servers,
        "--name",
        name,
        "--format",
        "coco",
        "--annotations",
        annotationFile.toString(),
        "--images",
        dir.resolve("images").toString(),
        "--size",
        TinyTeacher.SIDE + "x" + TinyTeacher.SIDE);
  }

  private void record(String recording, String... settings) throws Exception {
    try (Child ledger = ledger(recording)) {
      List<String> command = new ArrayList<>();
      command.addAll(
          List.of(
              teaching("drawn", recording, dir.resolve("tiny.yaml"), dir.resolve("tiny.onnx"))));
      command.addAll(List.of(settings));
      CommandRun taught = CommandRun.of(command.toArray(String[]::new));
      assertThat(taught.exitCode()).as(taught.err()).isZero();
      assertThat(ledger.await()).as(ledger.output()).isZero();
    }
  }

  private CommandRun teach(String dataset, String recording, Path descriptor, String model) {
    return teach(dataset, recording, descriptor, dir.resolve(model));
  }

  private CommandRun teach(String dataset, String recording, Path descriptor, Path model) {
    return CommandRun.of(teaching(dataset, recording, descriptor, model));
  }

  private String[] teaching(String dataset, String recording, Path descriptor, Path model) {
    return new String[] {
      "teach",
      "--bootstrap-servers",
      servers,
      "--dataset",
      dataset,
      "--recording",
      recording,
      "--teacher",
      descriptor.toString(),
      "--model",
      model.toString(),
      "--threads",
      "1",
      "--until-sealed"
    };
  }

  private Child worker(String dataset, String recording) throws Exception {
    return Child.start(
        dir, teaching(dataset, recording, dir.resolve("tiny.yaml"), dir.resolve("tiny.onnx")));
  }

  private Child ledger(String recording) throws Exception {
    return Child.start(
        dir,
        "ledger",
        "--bootstrap-servers",
        servers,
        "--recording",
        recording,
        "--state-dir",
        dir.resolve("state").toString(),
        "--until-sealed");
  }

  private JsonNode describe(String recording) throws Exception {
    CommandRun run =
        CommandRun.of(
            "recordings", "describe", recording, "--json", "--bootstrap-servers", servers);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return JSON.readTree(run.out());
  }

  private CommandRun verify(String recording) {
    return CommandRun.of("recordings", "verify", recording, "--bootstrap-servers", servers);
  }

  /** Waits for the first receipt; returns how many there are then. */
  private long awaitReceipts(String recording) {
    try (var reader =
        TopicReader.sequential(Map.of("bootstrap.servers", servers), Topics.receipts(recording))) {
      return Awaitility.await("a receipt of " + recording)
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(20))
          .pollInSameThread() // a consumer belongs to one thread
          .until(
              () -> reader.endOffsets().values().stream().mapToLong(Long::longValue).sum(),
              receipts -> receipts > 0);
    }
  }

  private static void assertOneLine(CommandRun run, int exitCode, String part) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
    List<String> lines = run.err().lines().toList();
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).startsWith("lectern: ").contains(part);
    assertThat(Stream.of("Exception", "\tat ")).noneMatch(lines.get(0)::contains);
  }
}
