package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands take from where they are started, and what they do not. */
class EnvironmentIT {
  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"recordings list", "ledger --recording=x", "status"})
  void theBrokerMayBeNamedByTheEnvironment(String command) throws Exception {
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.addAll(List.of("--broker-timeout", "1"));

    try (Child child =
        Child.start(dir, Map.of("LECTERN_BOOTSTRAP_SERVERS", "127.0.0.1:1"), words)) {
      assertThat(child.await()).as(child.output()).isEqualTo(ExitCode.FAILED);
      assertThat(child.output()).contains("no Kafka broker answers at 127.0.0.1:1");
    }
  }
}
