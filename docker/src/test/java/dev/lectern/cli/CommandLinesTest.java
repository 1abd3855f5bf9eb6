package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandLinesTest {
  @Test
  void everyCommandHasHelpThatEndsWithZero() {
    List<String> commands = new ArrayList<>();
    collect("", CommandLines.lectern(), commands);
    assertThat(commands).contains("broker ");

    for (String command : commands) {
      CommandRun result = CommandRun.of((command + "--help").split(" "));

      assertThat(result.exitCode()).as(command).isZero();
      assertThat(result.out()).as(command).contains("Usage: lectern " + command.strip());
      assertThat(result.out()).as(command).contains("Exit codes:");
    }
  }

  @Test
  void theVersionIsTheOneOfTheBuild() {
    CommandRun result = CommandRun.of("--version");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).matches("(?s)lectern \\d.*Java 1?\\d.*");
  }

  @Test
  void anUnknownCommandNamesTheNearestOne() {
    CommandRun result = CommandRun.of("brokr");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().lines())
        .containsExactly(
            "lectern: unknown command 'brokr' (did you mean 'broker'?)",
            "Try 'lectern --help' for what is possible.");
  }

  @Test
  void anUnknownOptionNamesTheNearestOne() {
    CommandRun result = CommandRun.of("broker", "--data-dri", "x");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("lectern: unknown option '--data-dri' (did you mean '--data-dir'?)");
  }

  @Test
  void aMistakeInAValueIsOneLineWithoutAStackTrace(@TempDir java.nio.file.Path dir) {
    CommandRun result = CommandRun.of("broker", "--port", "99999", "--data-dir", dir.toString());

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().lines()).containsExactly("lectern: --port 99999: expected 0 to 65535");
  }

  private static void collect(String prefix, CommandLine line, List<String> commands) {
    line.getSubcommands()
        .forEach(
            (name, command) -> {
              commands.add(prefix + name + " ");
              collect(prefix + name + " ", command, commands);
            });
  }
}
