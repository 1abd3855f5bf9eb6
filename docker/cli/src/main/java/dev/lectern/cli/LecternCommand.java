package dev.lectern.cli;

import picocli.AutoComplete.GenerateCompletion;
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
      "Offline knowledge distillation for object detectors, on Kafka: record what a teacher"
          + " detector sees once, then train any number of students from the recording."
    },
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    showDefaultValues = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      ExitCode.DONE + ":done; also a role that runs until it is stopped, once it was stopped",
      ExitCode.FAILED + ":failure: the broker is away, data is corrupt, a check did not hold",
      ExitCode.USER_MISTAKE + ":mistake in the command, a setting or an input file",
      ExitCode.HANGUP + ":terminal closed before the work was finished; give the command again",
      ExitCode.INTERRUPTED + ":Ctrl-C before the work was finished; give the command again",
      ExitCode.TERMINATED + ":SIGTERM before the work was finished; give the command again"
    },
    subcommands = {
      DemoCommand.class,
      InitCommand.class,
      BrokerCommand.class,
      PreviewCommand.class,
      PublishCommand.class,
      LedgerCommand.class,
      ModelCommand.class,
      CheckCommand.class,
      TeachCommand.class,
      RecordingsCommand.class,
      EraseCommand.class,
      StatusCommand.class,
      DashboardCommand.class,
      TrainCommand.class,
      ExperimentCommand.class,
      EvaluateCommand.class,
      PredictCommand.class,
      ExportCommand.class,
      WeightsCommand.class,
      InspectCommand.class,
      LossesCommand.class,
      HelpCommand.class,
      GenerateCompletion.class,
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
