package dev.lectern.teacher.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerConfigTest {
  @Test
  void onlyTheRecordingMustBeNamed() {
    // When
    LedgerConfig config = load("recording: mini-plus");

    // Then
    assertThat(config)
        .isEqualTo(
            new LedgerConfig(
                "mini-plus",
                LedgerConfig.defaultStateDir(),
                LedgerConfig.Lifetime.UNTIL_STOPPED,
                LedgerConfig.LocalState.KEEP,
                LedgerConfig.Empty.KEEP_OPEN));
    assertThat(config.stateDir()).endsWithRaw(Path.of("lectern", "ledger"));
    assertThatThrownBy(() -> load("lifetime: until_sealed"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("recording: missing");
  }

  @Test
  void everythingElseCanBeSet() {
    // When
    LedgerConfig config =
        load("recording: r\nstate-dir: here\nlifetime: until_sealed\nlocal-state: reset\n");

    // Then
    assertThat(config)
        .isEqualTo(
            new LedgerConfig(
                "r",
                Path.of("here"),
                LedgerConfig.Lifetime.UNTIL_SEALED,
                LedgerConfig.LocalState.RESET,
                LedgerConfig.Empty.KEEP_OPEN));
  }

  private static LedgerConfig load(String yaml) {
    return ConfigLoader.bind(yaml, List.of(), LedgerConfig.class, "ledger.yaml");
  }
}
