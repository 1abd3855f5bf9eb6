package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {
  @TempDir private Path dir;

  /** Holds a run's folder until its standard input ends. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      RunLock lock = RunLock.take(Path.of(arguments[0]));
      System.out.println("held");
      System.in.read();
      lock.close();
    }
  }

  @Test
  void oneRunOfAProcessAtATimeWritesAFolder() {
    Path folder = dir.resolve("deep/run");
    RunLock first = RunLock.take(folder);

    assertThatThrownBy(() -> RunLock.take(folder))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith(
            "out: "
                + folder
                + " is in use by another run (process "
                + ProcessHandle.current().pid())
        .hasMessageEndingWith("); wait until it ends, or choose another folder");

    first.close();
    RunLock.take(folder).close();
  }

  @Test
  void aRunOfAnotherProcessIsNamedAndAKilledOneHoldsNothing() throws Exception {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                dir.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = holder.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).isEqualTo("held");

      assertThatThrownBy(() -> RunLock.take(dir))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageContaining("in use by another run (process " + holder.pid() + " on ");
    } finally {
      holder.destroyForcibly().waitFor();
    }
    RunLock.take(dir).close();
  }

  @Test
  void aFolderThatCannotBeMadeIsAMistake() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "");

    assertThatThrownBy(() -> RunLock.take(file.resolve("run")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("out: " + file.resolve("run") + " cannot be written: ");
  }
}
