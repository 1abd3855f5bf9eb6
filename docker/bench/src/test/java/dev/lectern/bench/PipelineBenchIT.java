package dev.lectern.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.cli.CommandRun;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineBenchIT {
  @TempDir private Path dir;

  @Test
  void aStandInTakesItsShapesFromTheDescriptor() throws Exception {
    TeacherDescriptor small = FixedTimeDescriptor.of(4, 64);
    Path file = dir.resolve("small.yaml");
    DescriptorYaml.write(small, file);

    JsonNode figures =
        pipeline("--teacher", file.toString(), "--set", "encoding={box-logits: float32}");

    // Positions of four levels, times 80 classes (2 bytes), 32 edges (4) and 128 channels (1).
    int positions = 64 + 16 + 4 + 1;
    assertThat(figures.get("batchSize").asInt()).isEqualTo(4);
    assertThat(figures.get("payloadBytesPerView").asInt())
        .isBetween(positions * (160 + 128), positions * (160 + 128 + 128) + 4_000);
    assertThat(figures.get("ratio").asDouble()).isPositive();
  }

  private static JsonNode pipeline(String... options) throws Exception {
    String[] all = new String[options.length + 6];
    String[] command = {"bench", "pipeline", "--views", "40", "--batch-ms", "40"};
    System.arraycopy(command, 0, all, 0, command.length);
    System.arraycopy(options, 0, all, command.length, options.length);
    CommandRun run = CommandRun.of(all);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return new JsonMapper().readTree(run.out());
  }
}
