package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.trainer.train.TrainConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class TrainCommandTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"recording: file", "recordings: [file, other]", "epochs: 1"})
  void recordingsOfTheCommandLineWinOverBothKeysOfTheFile(String key) throws Exception {
    Path file = run(key);

    assertThat(bound(file, "--recording", "one").recordings()).containsExactly("one");
    assertThat(bound(file, "--recording", "one", "--recording", "two,three").recordings())
        .containsExactly("one", "two", "three");
  }

  @Test
  void withoutTheOptionTheFileDecides() throws Exception {
    assertThat(bound(run("recordings: [file, other]")).recordings())
        .containsExactly("file", "other");
  }

  @Test
  void aRecordingThatIsGivenTwiceIsAMistake() throws Exception {
    Path file = run("epochs: 1");

    CommandRun run =
        CommandRun.of("train", "--config", file.toString(), "--recording", "a", "--recording", "a");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines())
        .containsExactly("lectern: " + file + ": recordings: found [a, a], expected each once");
  }

  private Path run(String key) throws Exception {
    return Files.writeString(dir.resolve("run.yaml"), key + "\nout: run\nstudent: {classes: 2}\n");
  }

  private static TrainConfig bound(Path file, String... arguments) {
    TrainCommand command = new TrainCommand();
    new CommandLine(command).parseArgs(arguments);
    return ConfigLoader.load(file, command.furtherSettings(), TrainConfig.class);
  }
}
