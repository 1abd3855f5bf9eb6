package dev.lectern.teacher.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {
  @TempDir private Path dir;

  @Test
  void ledgersSideBySideHaveADirectoryEach() {
    Uuid receipts = Uuid.randomUuid();

    try (StateDirectory first = StateDirectory.open(dir, "r", receipts);
        StateDirectory second = StateDirectory.open(dir, "r", receipts);
        StateDirectory other = StateDirectory.open(dir, "other", receipts)) {
      assertThat(second.path()).isNotEqualTo(first.path());
      assertThat(other.path()).isNotIn(first.path(), second.path());
    }
  }

  @Test
  void aDirectoryThatCannotBeUsedIsAMistakeBeforeThereIsARecording() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "");

    assertThatThrownBy(() -> StateDirectory.prepare(file))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "state-dir " + file + ": cannot be used: " + file + ": there is a file of this name");
  }
}
