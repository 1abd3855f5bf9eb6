package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
  void everyCommandWithAResultWritesJsonWhenAsked() {
    List<String> commands = new ArrayList<>();
    collect("", CommandLines.lectern(), commands);

    assertThat(commands)
        .filteredOn(
            command -> !CommandRun.of((command + "--help").split(" ")).out().contains("--json"))
        .map(String::strip)
        .as("commands whose result is files, a page, a recording or nothing")
        .containsExactlyInAnyOrder(
            "init",
            "broker",
            "preview",
            "ledger",
            "teach",
            "recordings",
            "recordings delete",
            "dashboard",
            "inspect",
            "demo train-teacher",
            "help",
            "generate-completion",
            "bench");
  }

  @Test
  void helpOfACommandIsAskedForEitherWay() {
    CommandRun asked = CommandRun.of("help", "recordings", "export");

    assertThat(asked.exitCode()).isZero();
    assertThat(asked.out())
        .isEqualTo(CommandRun.of("recordings", "export", "--help").out())
        .contains("--without-views");
    assertThat(CommandRun.of("help").out()).isEqualTo(CommandRun.of("--help").out());
    assertThat(CommandRun.of("help", "recordings", "exprt").err())
        .startsWith("lectern: unknown command 'exprt' (did you mean 'export'?)");
  }

  @Test
  void everyLineOfHelpFitsEightyColumns() {
    List<String> commands = new ArrayList<>();
    collect("", CommandLines.lectern(), commands);

    for (String command : commands) {
      String help = CommandRun.of((command + "--help").split(" ")).out();
      assertThat(help.lines()).as(command).allMatch(line -> line.length() <= 80);
    }
  }

  @Test
  void completionIsAScriptThatBashUnderstands(@TempDir java.nio.file.Path dir) throws Exception {
    CommandRun run = CommandRun.of("generate-completion");
    java.nio.file.Path script = java.nio.file.Files.writeString(dir.resolve("c"), run.out());

    String ask =
        "source "
            + script
            + "; COMP_WORDS=(lectern recordings ver); COMP_CWORD=2; _complete_lectern;"
            + " echo \"found ${COMPREPLY[*]}\"";
    Process bash = new ProcessBuilder("bash", "-c", ask).redirectErrorStream(true).start();

    assertThat(run.exitCode()).isZero();
    assertThat(new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("found verify");
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
  void anOptionThatIsGivenTwiceIsNamed() {
    CommandRun result = CommandRun.of("train", "--out", "a", "--epochs", "1", "--out=b");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().lines())
        .first()
        .isEqualTo("lectern: option '--out' should be specified only once");
  }

  @Test
  void aBrokerOnAFileIsAMistake(@TempDir java.nio.file.Path dir) throws Exception {
    java.nio.file.Path file = java.nio.file.Files.writeString(dir.resolve("file"), "");

    CommandRun result = CommandRun.of("broker", "--port", "0", "--data-dir", file.toString());

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().lines())
        .containsExactly(
            "lectern: --data-dir "
                + file
                + ": cannot be used: "
                + file
                + ": there is a file of this name");
  }

  @Test
  void aDemoWhereNoFolderCanBeMadeIsAMistake(@TempDir java.nio.file.Path dir) throws Exception {
    java.nio.file.Path file = java.nio.file.Files.writeString(dir.resolve("file"), "");
    java.nio.file.Path below = file.resolve("demo");

    CommandRun result = CommandRun.of("demo", "--work-dir", below.toString());

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().lines())
        .containsExactly(
            "lectern: work directory "
                + below
                + ": cannot be made: "
                + below
                + ": Not a directory");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../r18", "a/b", ".hidden", ""})
  void anExportGoesIntoItsFolderAlone(String name) {
    CommandRun result =
        CommandRun.of(
            "export", "--student", "s", "--class-names", "a", "--size", "64x64", "--name", name);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().lines())
        .containsExactly(
            "lectern: --name '"
                + name
                + "': expected a file name of letters, digits, '-', '_' and '.'");
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
