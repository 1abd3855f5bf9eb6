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

    CommandRun run =
        CommandRun.of(
            "bench",
            "pipeline",
            "--views",
            "40",
            "--batch-ms",
            "40",
            "--teacher",
            file.toString(),
            "--set",
            "encoding={box-logits: float32}");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode figures = new JsonMapper().readTree(run.out());
    // Positions of four levels, times 80 classes (2 bytes), 4 x 8 bins (4) and 128 channels (1);
    // logits may be compressed to a half.
    int positions = 64 + 16 + 4 + 1;
    assertThat(figures.get("batchSize").asInt()).isEqualTo(4);
    assertThat(figures.get("payloadBytesPerView").asInt())
        .isBetween(positions * (160 + 128), positions * (160 + 128 + 128) + 4_000);
    assertThat(figures.get("ratio").asDouble()).isPositive();
  }
}
