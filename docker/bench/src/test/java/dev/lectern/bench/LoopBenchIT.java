package dev.lectern.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.TinyTeacher;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoopBenchIT {
  @TempDir private Path dir;

  @Test
  void aStudentOfARecordingIsTheStudentOfTheTeacherItself() throws Exception {
    // Given a teacher, pictures, and a run on classes, boxes and features
    TinyTeacher.write(dir, "teacher", 2);
    Path annotations = TinyTeacher.draw(dir, "train", 6);
    Path run =
        Files.writeString(
            dir.resolve("run.yaml"),
            TinyTeacher.studentYaml()
                + "losses: [{name: ld}, {name: kd}, {name: cwd}]\n"
                + "batch-size: 2\nepochs: 2\n");

    // When it is recorded exactly
    CommandRun bench =
        CommandRun.of(
            "bench",
            "loop",
            "--config",
            run.toString(),
            "--teacher",
            dir.resolve("teacher.yaml").toString(),
            "--model",
            dir.resolve("teacher.onnx").toString(),
            "--annotations",
            annotations.toString(),
            "--images",
            dir.resolve("images").toString(),
            "--students",
            "1",
            "--set-worker",
            "encoding.class-scores=float32",
            "--set-worker",
            "encoding.box-logits=float32",
            "--set-worker",
            "encoding.fpn-features=float32");

    // Then every step has the same loss, and the students are the same file
    assertThat(bench.exitCode()).as(bench.err()).isZero();
    JsonNode figures = new JsonMapper().readTree(bench.out());
    assertThat(figures.get("steps").asInt()).isEqualTo(6);
    assertThat(figures.get("maxRelativeLossDifference").asDouble()).isZero();
    assertThat(figures.get("studentsEqual").asBoolean()).isTrue();
    JsonNode costs = figures.get("costs").get(0);
    assertThat(costs.get("recordedCpuSeconds").asDouble()).isPositive();
    assertThat(costs.get("inLoopCpuSeconds").asDouble()).isPositive();
  }
}
