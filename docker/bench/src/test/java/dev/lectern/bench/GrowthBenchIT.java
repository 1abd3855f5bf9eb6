package dev.lectern.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.cli.CommandRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrowthBenchIT {
  @TempDir private Path dir;

  @Test
  void everyRoleIsMeasuredOnEverySize() throws Exception {
    CommandRun run =
        CommandRun.of("bench", "growth", "--views", "70,1500", "--dir", dir.toString());

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode figures = new JsonMapper().readTree(run.out());
    assertThat(figures.get("sizes").findValues("views").stream().map(JsonNode::asInt))
        .containsExactly(70, 1500);
    JsonNode large = figures.get("sizes").get(1);
    for (String role : new String[] {"ledger", "ledgerRestart", "trainerStart", "verify"}) {
      assertThat(large.get(role + "Seconds").asDouble()).as(role).isPositive();
    }
    // What else the process frees meanwhile may be more than so few views hold.
    for (String role :
        new String[] {"producer", "worker", "ledger", "ledgerRestart", "trainer", "verify"}) {
      assertThat(large.get(role + "BytesPerView").isNumber()).as(role).isTrue();
    }
    assertThat(figures.get("exponents").has("trainerStartSeconds")).isTrue();
    assertThat(dir).isEmptyDirectory();
  }
}
