package dev.lectern.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lectern recordings}: looking after recordings. */
@Command(
    name = "recordings",
    description = "List, describe, compare, verify, repair, export, import and delete recordings.",
    subcommands = {
      RecordingsListCommand.class,
      RecordingsDescribeCommand.class,
      RecordingsDiffCommand.class,
      RecordingsVerifyCommand.class,
      RecordingsRepairCommand.class,
      RecordingsExportCommand.class,
      RecordingsImportCommand.class,
      RecordingsDeleteCommand.class,
    })
final class RecordingsCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "found no command, expected one of " + String.join(", ", spec.subcommands().keySet()));
  }
}
