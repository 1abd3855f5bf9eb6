package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.broker.EmbeddedBroker;
import dev.lectern.demo.draw.ShapeClass;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
  private EmbeddedBroker broker;
  private String servers;

  @BeforeAll
  void recordAGflTeacher() throws Exception {
    broker = EmbeddedBroker.start(dir.resolve("broker"));
    servers = broker.bootstrapServers();
    Path annotations = TinyTeacher.draw(dir, "train", VIEWS);
    TinyTeacher.write(dir, "tiny", 1);
    succeed(
        "publish",
        "--name",
        "drawn",
        "--format",
        "coco",
        "--annotations",
        annotations.toString(),
        "--images",
        dir.resolve("images").toString(),
        "--size",
        TinyTeacher.SIDE + "x" + TinyTeacher.SIDE);
    teach(
        "gfl",
        "--teacher",
        dir.resolve("tiny.yaml").toString(),
        "--model",
        dir.resolve("tiny.onnx").toString());
  }

  @AfterAll
  void stopBroker() {
    broker.close();
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
        lectern("train", "--config", config(name, run, "gfl", head, losses).toString());

    assertThat(trained.exitCode()).as(trained.err()).isZero();
    Path student = run.resolve("student.safetensors");
    double ap = ap("--student", student.toString(), "--recording", "gfl", "--split", "train");
    teach(name, "--model", student.toString());
    assertThat(ap("--recording", name)).isCloseTo(ap, within(0.002));
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
    teach(
        "anchors",
        "--teacher",
        dir.resolve("nine.yaml").toString(),
        "--model",
        dir.resolve("nine.onnx").toString());
    Path run = dir.resolve("run-anchors");

    CommandRun trained =
        lectern(
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
        lectern(
            "train",
            "--config",
            config("deltas", dir.resolve("deltas"), "gfl", "family: atss", "[{name: ld}]")
                .toString());

    assertThat(deltas.exitCode()).isEqualTo(2);
    assertThat(deltas.err()).contains("recording 'gfl' does not suit the run: ld");
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

  private void teach(String recording, String... model) throws Exception {
    try (Child ledger =
        Child.start(
            dir,
            "ledger",
            "--bootstrap-servers",
            servers,
            "--recording",
            recording,
            "--state-dir",
            dir.resolve("state-" + recording).toString(),
            "--until-sealed")) {
      List<String> command = new ArrayList<>();
      command.addAll(
          List.of("teach", "--dataset", "drawn", "--recording", recording, "--until-sealed"));
      command.addAll(List.of(model));
      succeed(command.toArray(String[]::new));
      assertThat(ledger.await()).as(ledger.output()).isZero();
    }
  }

  private double ap(String... of) throws Exception {
    List<String> command = new ArrayList<>(List.of("evaluate", "--json"));
    command.addAll(List.of(of));
    return JSON.readTree(succeed(command.toArray(String[]::new)).out()).get("AP").asDouble();
  }

  private CommandRun succeed(String... command) {
    CommandRun run = lectern(command);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  private CommandRun lectern(String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.add("--bootstrap-servers");
    all.add(servers);
    return CommandRun.of(all.toArray(String[]::new));
  }
}
