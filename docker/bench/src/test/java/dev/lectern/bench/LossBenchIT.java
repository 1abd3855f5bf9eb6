package dev.lectern.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.TinyTeacher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossBenchIT {
  @TempDir private Path dir;

  @Test
  void everyNamedLossIsMeasuredOnARecordingMadeForIt() throws IOException {
    CommandRun run =
        bench("--measure", "time", "--loss", "ld", "--loss", "{name: cwd, adapter: conv1x1}");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode figures = new JsonMapper().readTree(run.out());
    assertThat(figures.get("studentMs").asDouble()).isPositive();
    assertThat(figures.get("canvas").asText()).isEqualTo("64x64");
    assertThat(figures.get("losses").findValuesAsText("loss"))
        .containsExactly("ld", "{name: cwd, adapter: conv1x1}");
    for (JsonNode loss : figures.get("losses")) {
      assertThat(loss.get("addedMs").isNumber()).isTrue();
      assertThat(loss.get("addedBytes").isNull()).isTrue();
      assertThat(loss.get("bytesPerImage").asLong()).isPositive();
    }
  }

  @Test
  void theProcessThatWeighsIsGivenTheConnectionUnseen() throws Exception {
    Set<String> processes = ConcurrentHashMap.newKeySet();
    ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor();
    ScheduledFuture<?> looking =
        watch.scheduleWithFixedDelay(() -> look(processes), 0, 50, TimeUnit.MILLISECONDS);
    CommandRun run;
    try {
      run = bench("--measure", "all", "--loss", "ld");
    } finally {
      looking.cancel(true);
      watch.shutdown();
    }

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode figures = new JsonMapper().readTree(run.out());
    assertThat(figures.get("losses").get(0).get("addedBytes").isNumber()).isTrue();
    // What everybody on the machine may read
    assertThat(processes)
        .anyMatch(line -> line.contains("--measure memory"))
        .noneMatch(line -> line.contains("--bootstrap-servers") || line.contains("--kafka "));
  }

  private static void look(Set<String> processes) {
    ProcessHandle.current()
        .descendants()
        .forEach(child -> child.info().commandLine().ifPresent(processes::add));
  }

  @Test
  void anUnknownLossIsAMistake() throws IOException {
    CommandRun run = bench("--measure", "time", "--loss", "ldd");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("losses.0.name: found 'ldd' (did you mean 'ld'?), expected one of");
  }

  @Test
  void aRecordingIsGivenOrMade() {
    CommandRun run = CommandRun.of("bench", "losses", "--student", "student.yaml");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("expected either --recording, or --teacher, --model, --annotations and --images");
  }

  private CommandRun bench(String... more) throws IOException {
    TinyTeacher.write(dir, "teacher", 2);
    Path annotations = TinyTeacher.draw(dir, "train", 6);
    Path student =
        Files.writeString(
            dir.resolve("student.yaml"),
            TinyTeacher.studentYaml().replaceFirst("student:\n", "").replaceAll("(?m)^  ", ""));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "bench",
                "losses",
                "--student",
                student.toString(),
                "--teacher",
                dir.resolve("teacher.yaml").toString(),
                "--model",
                dir.resolve("teacher.onnx").toString(),
                "--annotations",
                annotations.toString(),
                "--images",
                dir.resolve("images").toString(),
                "--batch-size",
                "2",
                "--rounds",
                "1"));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }
}
