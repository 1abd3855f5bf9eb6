package dev.lectern.cli;

import dev.lectern.schemas.config.Nearest;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lectern help COMMAND}: the same as {@code lectern COMMAND --help}. */
@Command(name = "help", header = "Show the help of a command.", helpCommand = true)
final class HelpCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "E.g. train, or recordings export. Default: lectern itself")
  private List<String> names = new ArrayList<>();

  @Override
  public void run() {
    CommandLine command = spec.parent().commandLine();
    for (String name : names) {
      CommandLine next = command.getSubcommands().get(name);
      if (next == null) {
        throw new ParameterException(
            command,
            "unknown command '"
                + name
                + "'"
                + Nearest.hint(name, command.getSubcommands().keySet()));
      }
      command = next;
    }
    command.usage(spec.commandLine().getOut());
  }
}
