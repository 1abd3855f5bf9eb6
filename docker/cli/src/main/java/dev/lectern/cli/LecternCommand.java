package dev.lectern.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command above all others; alone it does nothing. */
@Command(
    name = "lectern",
    description = {
      "Offline knowledge distillation for object detectors, on Kafka: record what a teacher detector"
          + " sees once, then train any number of students from the recording."
    },
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    showDefaultValues = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done, or stopped on request after finishing what was begun",
      "1:failure: the broker is away, data is corrupt, a check did not hold",
      "2:mistake in the command, a setting or an input file"
    },
    subcommands = {
      DemoCommand.class,
      BrokerCommand.class,
      PublishCommand.class,
      LedgerCommand.class,
      TeachCommand.class,
      RecordingsCommand.class,
      StatusCommand.class,
      DashboardCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      ExportCommand.class,
      InspectCommand.class,
      LossesCommand.class,
    })
public final class LecternCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Log details, and stack traces of failures.")
  private boolean verbose;

  boolean verbose() {
    return verbose;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "found no command, expected one of " + String.join(", ", spec.subcommands().keySet()));
  }
}
