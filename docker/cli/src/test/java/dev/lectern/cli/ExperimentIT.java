package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.demo.DemoSettings;
import dev.lectern.demo.teacher.TeacherTraining;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A plan from nothing to its verdict, with real processes and a broker of its own. */
class ExperimentIT {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;

  @Test
  @Timeout(600)
  void aPlanIsCarriedOutInterruptedContinuedAndDecided() throws Exception {
    Path plan = files();
    Path out = folder.resolve("plan");
    String[] command = {"experiment", plan.toString()};

    try (Child child = Child.start(folder, command)) {
      Path first = out.resolve("runs/none-1/student.safetensors");
      Awaitility.await().atMost(Duration.ofMinutes(4)).until(() -> Files.exists(first));
      child.terminate();
      assertThat(child.await()).as(child.output()).isEqualTo(ExitCode.TERMINATED);
      assertThat(child.output()).contains("stopped; give the command again to go on");
    }
    byte[] student = Files.readAllBytes(out.resolve("runs/none-1/student.safetensors"));

    try (Child child = Child.start(folder, command)) {
      assertThat(child.await()).as(child.output()).isZero();
      assertThat(child.output())
          .contains("over 2 seeds", "claim kd - none > -1 holds", "results: ")
          .doesNotContain("0/0 views");
    }
    assertThat(out.resolve("runs/none-1/student.safetensors")).hasBinaryContent(student);
    JsonNode results = JSON.readTree(out.resolve("results.json").toFile());
    assertThat(results.path("finished").asBoolean()).isTrue();
    assertThat(results.path("claims").path(0).path("outcome").asText()).isEqualTo("holds");
    JsonNode kd = results.path("rows").path(1);
    assertThat(kd.path("runs")).hasSize(2);
    assertThat(kd.path("differences").path("val").path("pairs").asInt()).isEqualTo(2);
    assertThat(results.path("costs")).hasSizeGreaterThanOrEqualTo(7);
    results
        .path("costs")
        .forEach(cost -> assertThat(cost.path("processor-seconds").asDouble()).isPositive());
    assertThat(Files.readString(out.resolve("report.html"))).contains("Learning curves", "holds");

    Path inputs = out.resolve("inputs.yaml");
    String kept = Files.readString(inputs);
    Files.writeString(inputs, kept.replaceFirst("\"[0-9a-f]{8}", "\"00000000"));
    CommandRun replaced = CommandRun.of(command);
    assertThat(replaced.exitCode()).isEqualTo(ExitCode.USER_MISTAKE);
    assertThat(replaced.err()).contains("recording drawn-teacher: found digest ");

    Files.writeString(
        inputs, kept.replaceFirst("(annotations of dataset drawn: \")[0-9a-f]{8}", "$100000000"));
    CommandRun relabelled = CommandRun.of(command);
    assertThat(relabelled.exitCode()).isEqualTo(ExitCode.USER_MISTAKE);
    assertThat(relabelled.err()).contains("annotations of dataset drawn: found digest ");
    Files.writeString(inputs, kept);

    Files.writeString(plan, Files.readString(plan).replace("above: -1", "above: -0.5"));
    CommandRun changed = CommandRun.of(command);
    assertThat(changed.exitCode()).isEqualTo(ExitCode.USER_MISTAKE);
    assertThat(changed.err()).contains("it began with another plan, which differs in claims.kd");
  }

  /** A drawn dataset, the demo's teacher, and the files that a user would write. */
  private Path files() throws Exception {
    Path images = folder.resolve("images");
    DemoSettings.train(16).write(images, folder.resolve("train.json"));
    DemoSettings.validation(8).write(images, folder.resolve("val.json"));
    for (String ending : new String[] {".onnx", ".yaml"}) {
      String name = TeacherTraining.NAME + ending;
      try (InputStream in = TeacherTraining.class.getResourceAsStream("/demo/" + name)) {
        Files.copy(in, folder.resolve(name));
      }
    }
    Files.writeString(
        folder.resolve("publish.yaml"),
        """
        name: drawn
        format: coco
        sources:
          - {split: train, annotations: train.json, images: images}
          - {split: val, annotations: val.json, images: images}
        size: 96x96
        resize: stretch
        """);
    Files.writeString(
        folder.resolve("teach.yaml"),
        """
        dataset: drawn
        recording: drawn-teacher
        teacher: demo-teacher.yaml
        model: demo-teacher.onnx
        threads: 1
        """);
    Files.writeString(
        folder.resolve("run.yaml"),
        """
        recording: drawn-teacher
        epochs: 1
        student:
          classes: 6
          strides: [8, 16, 32]
          backbone: {depth: 18, width: 8}
          neck: {channels: 16}
          head: {bins: 8, octave-base-scale: 4, depth: 1, channels: 16}
        """);
    return Files.writeString(
        folder.resolve("plan.yaml"),
        """
        publish: [publish.yaml]
        teach: [teach.yaml]
        run: run.yaml
        seeds: [1, 2]
        split: val
        rows:
          - {name: none}
          - {name: kd, set: {losses: [{name: kd}]}}
        claims:
          - {row: kd, above: -1}
        """);
  }
}
