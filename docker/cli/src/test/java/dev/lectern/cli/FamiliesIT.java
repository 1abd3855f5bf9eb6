package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.weights.Safetensors;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.log.Index;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Students of other families than the teacher's: trained, recorded as teachers, read back. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FamiliesIT {
  private static final int VIEWS = 48;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path dir;
  private Site site;

  @BeforeAll
  void recordAGflTeacher() throws Exception {
    site = new Site(dir);
    Path annotations = TinyTeacher.draw(dir, "train", VIEWS);
    TinyTeacher.write(dir, "tiny", 1);
    site.publish("drawn", annotations, dir.resolve("images"), TinyTeacher.SIDE);
    site.record("drawn", "gfl", dir.resolve("tiny"));
  }

  @AfterAll
  void closeSite() {
    site.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          family: atss, depth: 1, channels: 8 | [{name: kd}, {name: tbr}, {name: cwd_logits}]
          family: yolov8                      | [{name: kd}, {name: ld}, {name: pkd}]
          """)
  void aStudentOfAnotherFamilyBecomesATeacherOfTheSameAccuracy(String head, String losses)
      throws Exception {
    trainRecordAndReadBack(head, losses);
  }

  @ParameterizedTest
  @Tag("families")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gflv2, depth: 1, channels: 8                       | [{name: ld}, {name: kd}, {name: gid}]
          atss, depth: 1, channels: 8, bins: 5               | [{name: ld}, {name: ld, region: vlr}]
          fcos, depth: 1, channels: 8                        | [{name: kd}, {name: imitation, region: general_instances}]
          fcos, depth: 1, channels: 8, distances: normalized | [{name: kd, region: inside_box_without_main}]
          retinanet, depth: 1, channels: 8                   | [{name: fitnets}, {name: kd}]
          reppoints, depth: 1, channels: 8                   | [{name: kd}, {name: tbr}]
          """)
  void soDoesAStudentOfAnyFamily(String head, String losses) throws Exception {
    trainRecordAndReadBack("family: " + head, losses);
  }

  private void trainRecordAndReadBack(String head, String losses) throws Exception {
    String name = head.replaceAll("[^a-z0-9]+", "-");
    Path run = dir.resolve("run-" + name);

    CommandRun trained =
        site.run("train", "--config", config(name, run, "gfl", head, losses).toString());

    assertThat(trained.exitCode()).as(trained.err()).isZero();
    Path student = run.resolve("student.safetensors");
    double ap = ap("--student", student.toString(), "--recording", "gfl", "--split", "train");
    site.record("drawn", name, student);
    assertThat(ap("--recording", name)).isCloseTo(ap, within(0.002));
    twoTeachersAreCompared(name);
  }

  /** Both give class logits of one shape, boxes of two forms. */
  private void twoTeachersAreCompared(String other) throws Exception {
    JsonNode diff =
        JSON.readTree(
            site.done("recordings", "diff", "gfl", other, "--score", "0.001", "--json").out());
    assertThat(diff.get("views").asInt()).isEqualTo(VIEWS);
    JsonNode classes = diff.get("tensors").get(0);
    assertThat(classes.get("name").asText()).isEqualTo("cls.0");
    assertThat(classes.get("equal").asInt()).isZero();
    assertThat(classes.get("mean").asDouble()).isPositive();
    // a student of so few steps need not be sure of anything
    JsonNode boxes = diff.get("boxes");
    assertThat(boxes.get("matched").asInt() + boxes.get("first").asInt()).isPositive();
  }

  /**
   * Files as torchvision, MMDetection and Ultralytics publish them, with what they hold besides.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Ultralytics | model. | whole    | strides: [8, 16, 32], backbone: {name: csp_darknet, channels: [4, 8, 8, 16, 16], blocks: [1, 1, 1, 1]}, neck: {name: pan, blocks: 1}, head: {family: yolov8}
          MMDetection | module. | whole   | strides: [8, 16], backbone: {depth: 18, width: 8}, neck: {channels: 8}, head: {family: atss, depth: 1, channels: 8}
          torchvision | ''     | backbone | strides: [8, 16], backbone: {depth: 18, width: 8}, neck: {channels: 8}, head: {family: atss, depth: 1, channels: 8}
          """)
  void aRunStartsFromPublishedNames(String whose, String prefix, String part, String network)
      throws Exception {
    String spec = "{classes: %d, %s}".formatted(ShapeClass.values().length, network);
    Path file = dir.resolve(whose + ".safetensors");
    Map<String, Safetensors.Array> published = published(spec, prefix, part.equals("backbone"));
    new Safetensors(Map.of("format", "pt"), published).write(file);
    Path run = dir.resolve("run-from-" + whose);
    Path config =
        Files.writeString(
            dir.resolve(whose + ".yaml"),
            """
            recording: gfl
            out: %s
            epochs: 1
            batch-size: 8
            optimizer: {name: sgd, learning-rate: 1e-12}
            losses: [{name: kd}]
            evaluation: {split: none}
            weights: {file: %s, part: %s}
            student: %s
            """
                .formatted(run, file, part, spec));

    CommandRun report = CommandRun.of("weights", "--config", config.toString());
    site.done("train", "--config", config.toString());

    assertThat(report.exitCode()).as(report.err()).isZero();
    assertThat(report.out())
        .containsPattern("matched   (\\d+) of \\1 parameters")
        .contains("ignored   ")
        .doesNotContain("missing  ");
    Map<String, Safetensors.Array> trained =
        Safetensors.read(run.resolve("student.safetensors")).arrays();
    String convolution = whose.equals("Ultralytics") ? "model.0.conv.weight" : "conv1.weight";
    String own = whose.equals("Ultralytics") ? convolution : "backbone." + convolution;
    String theirs = prefix + (part.equals("backbone") ? convolution : own);
    assertThat(trained.get(own).values())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(published.get(theirs).values());
  }

  /** Arrays of a network with random weights, and what state dicts hold besides. */
  private static Map<String, Safetensors.Array> published(
      String spec, String prefix, boolean backboneAlone) {
    Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector = Detectors.create(DetectorSpec.parse(spec, "test"), manager, 77)) {
      Weights.of(detector)
          .arrays()
          .forEach(
              (name, array) -> {
                if (!backboneAlone) {
                  arrays.put(prefix + name, array);
                } else if (name.startsWith("backbone.")) {
                  arrays.put(prefix + name.substring("backbone.".length()), array);
                }
              });
    }
    Safetensors.Array counter = new Safetensors.Array(List.of(), new float[] {7});
    arrays.put(prefix + "bn1.num_batches_tracked", counter);
    if (backboneAlone) {
      arrays.put(prefix + "fc.bias", new Safetensors.Array(List.of(1L), new float[1]));
    }
    return arrays;
  }

  @Test
  void anchorsOfACellLearnFromTheTeachersOneByOne() throws Exception {
    TinyTeacher.write(
        dir,
        "nine",
        1,
        TinyTeacher.SIDE,
        """
        classes: %d
        strides: [8, 16]
        backbone: {depth: 18, width: 8}
        neck: {channels: 8}
        head: {family: retinanet, bins: 5, depth: 1, channels: 8}
        """
            .formatted(ShapeClass.values().length));
    site.record("drawn", "anchors", dir.resolve("nine"));
    Path run = dir.resolve("run-anchors");

    CommandRun trained =
        site.run(
            "train",
            "--config",
            config(
                    "anchors",
                    run,
                    "anchors",
                    "family: retinanet, depth: 1, channels: 8, bins: 5",
                    "[{name: ld}, {name: ld, region: vlr}, {name: kd}, {name: tbr},"
                        + " {name: cwd_logits}, {name: gid}, {name: mimic}]")
                .toString());

    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(run.resolve("student.safetensors")).isNotEmptyFile();
  }

  @Test
  void whatTheTwoDoNotHaveInCommonIsNamedBeforeTheFirstStep() throws Exception {
    CommandRun deltas =
        site.run(
            "train",
            "--config",
            config("deltas", dir.resolve("deltas"), "gfl", "family: atss", "[{name: ld}]")
                .toString());

    assertThat(deltas.exitCode()).isEqualTo(2);
    assertThat(deltas.err()).contains("recording 'gfl' does not suit the run: ld");
  }

  @Test
  void aStudentOfOtherClassesThanTheDatasetsIsNotMeasured() throws Exception {
    Path student = dir.resolve("other-classes.safetensors");
    int classes = ShapeClass.values().length;
    String spec =
        "{classes: 2, strides: [8, 16], backbone: {depth: 18, width: 8}, neck: {channels: 8},"
            + " head: {family: atss, depth: 1, channels: 8}}";
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector detector = Detectors.create(DetectorSpec.parse(spec, "test"), manager, 3)) {
      Weights.save(detector, student);
    }
    List<String> command =
        List.of(
            "evaluate", "--recording", "gfl", "--split", "train", "--student", student.toString());

    CommandRun whole = site.run(command.toArray(String[]::new));
    CommandRun mapped = site.run(with(command, "--class", ShapeClass.names().get(0)));

    assertThat(whole.exitCode()).isEqualTo(2);
    assertThat(whole.err())
        .contains(
            "--student: found a student of 2 classes, dataset 'drawn' has " + classes,
            "name what each of the student's stands for with --class");
    assertThat(mapped.exitCode()).isEqualTo(2);
    assertThat(mapped.err()).contains("--student: found a student of 2 classes, --class names 1");
    site.done(
        with(command, "--class", ShapeClass.names().get(0), "--class", ShapeClass.names().get(1)));
  }

  private static String[] with(List<String> command, String... more) {
    return Stream.concat(command.stream(), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void viewsThatAreNotRecordedAreNamedBesideTheFigures() throws Exception {
    site.record("drawn", "partly", dir.resolve("tiny"));
    JsonNode whole = JSON.readTree(site.done("evaluate", "--recording", "partly", "--json").out());
    assertThat(whole.get("views").asInt()).isEqualTo(VIEWS);
    assertThat(whole.get("recorded").asInt()).isEqualTo(VIEWS);

    // Given: an index that two views are not in yet
    try (ManifestStore manifests = new ManifestStore(site.kafka());
        KafkaProducer<String, byte[]> producer =
            new KafkaProducer<>(site.kafka(), new StringSerializer(), new ByteArraySerializer())) {
      RecordingManifest manifest = manifests.requireRecording("partly");
      List<String> views = List.copyOf(Index.read(site.kafka(), manifest).keySet());
      for (String viewId : views.subList(0, 2)) {
        producer.send(new ProducerRecord<>(Topics.index("partly").name(), viewId, null)).get();
      }
      manifests.publish(
          new Manifest.OfRecording(
              RecordingManifest.newBuilder(manifest)
                  .setState(State.OPEN)
                  .setEndOffsets(Map.of())
                  .build()));
    }

    CommandRun partly =
        site.done("evaluate", "--recording", "partly", "--split", "train", "--json");

    assertThat(partly.err())
        .contains(
            "warning: 2 of 48 plain views of split 'train' are not recorded (the recording is"
                + " open)");
    JsonNode figures = JSON.readTree(partly.out());
    assertThat(figures.get("views").asInt()).isEqualTo(VIEWS);
    assertThat(figures.get("recorded").asInt()).isEqualTo(VIEWS - 2);
    assertThat(figures.has("AP")).isTrue();
  }

  private static Path config(String name, Path run, String recording, String head, String losses)
      throws Exception {
    return Files.writeString(
        dir.resolve(name + ".yaml"),
        """
        recording: %s
        out: %s
        epochs: 2
        batch-size: 8
        optimizer: {name: adamw, learning-rate: 0.003}
        schedule: {warmup-steps: 1}
        losses: %s
        evaluation: {split: none}
        student:
          classes: %d
          strides: [8, 16]
          backbone: {depth: 18, width: 8}
          neck: {channels: 8}
          head: {%s}
        """
            .formatted(recording, run, losses, ShapeClass.values().length, head));
  }

  private double ap(String... of) throws Exception {
    List<String> command = new ArrayList<>(List.of("evaluate", "--json"));
    command.addAll(List.of(of));
    return JSON.readTree(site.done(command.toArray(String[]::new)).out()).get("AP").asDouble();
  }
}
