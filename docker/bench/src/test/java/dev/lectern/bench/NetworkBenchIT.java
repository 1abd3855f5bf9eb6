package dev.lectern.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.Python;
import org.junit.jupiter.api.Test;

class NetworkBenchIT {
  private static final String SCRIPT = "python/network_steps.py";

  @Test
  void aStepOfEachNetworkIsTimedBesideTheSameInPyTorch() throws Exception {
    String python = Python.importing("torch, numpy");

    CommandRun run =
        CommandRun.of(
            "bench",
            "networks",
            "--side",
            "64",
            "--batch-size",
            "1",
            "--rounds",
            "1",
            "--python",
            python,
            "--script",
            SCRIPT);

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode rows = new JsonMapper().readTree(run.out()).get("networks");
    assertThat(rows.findValuesAsText("network"))
        .containsExactly("gfl_r18", "yolov8n", "retinanet_r18");
    for (JsonNode row : rows) {
      for (String figure : new String[] {"lecternCpuMs", "pytorchCpuMs", "torchscriptCpuMs"}) {
        assertThat(row.get(figure).asDouble()).as(figure).isPositive();
      }
    }
  }

  @Test
  void anUnknownNetworkIsNamed() {
    CommandRun run = CommandRun.of("bench", "networks", "--networks", "gfl", "--script", SCRIPT);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("gfl");
  }
}
