package dev.lectern.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.cli.CommandRun;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class NetworkBenchIT {
  private static final String SCRIPT = "python/network_steps.py";

  @Test
  void aStepIsTimedBesideTheSameNetworkInPyTorch() throws Exception {
    assumeTrue(hasTorch(), "skipped: needs python3 with torch and numpy");

    CommandRun run =
        CommandRun.of(
            "bench",
            "networks",
            "--networks",
            "gfl_r18",
            "--side",
            "64",
            "--batch-size",
            "1",
            "--rounds",
            "1",
            "--script",
            SCRIPT,
            "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode row = new JsonMapper().readTree(run.out()).get("networks").get(0);
    assertThat(row.get("network").asText()).isEqualTo("gfl_r18");
    for (String figure : new String[] {"lecternCpuMs", "pytorchCpuMs", "torchscriptCpuMs"}) {
      assertThat(row.get(figure).asDouble()).as(figure).isPositive();
    }
  }

  @Test
  void anUnknownNetworkIsNamed() {
    CommandRun run = CommandRun.of("bench", "networks", "--networks", "gfl", "--script", SCRIPT);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("gfl");
  }

  private static boolean hasTorch() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "-c", "import torch, numpy")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
