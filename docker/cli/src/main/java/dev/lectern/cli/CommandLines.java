package dev.lectern.cli;

import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.OneLine;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The parser of {@code lectern} with its rules for mistakes and failures. */
public final class CommandLines {
  private CommandLines() {}

  /** Every command, writing to standard output and standard error. */
  public static CommandLine lectern() {
    LecternCommand root = new LecternCommand();
    CommandLine line = new CommandLine(root);
    ServiceLoader.load(AddedCommand.class).forEach(line::addSubcommand);
    if (!line.getSubcommands().containsKey(AbsentBenchCommand.NAME)) {
      line.addSubcommand(new AbsentBenchCommand());
    }
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    line.setUsageHelpLongOptionsMaxWidth(34);
    line.setParameterExceptionHandler(CommandLines::wrongArguments);
    line.setExecutionExceptionHandler(
        (failure, command, result) -> Failure.of(failure).report(command.getErr()));
    line.setExecutionStrategy(
        result -> {
          Logging.configure(root.verbose());
          try {
            return new CommandLine.RunLast().execute(result);
          } catch (NoClassDefFoundError e) {
            throw absent(result, e);
          }
        });
    return line;
  }

  /** An image without the libraries of a command says which image has them. */
  private static RuntimeException absent(CommandLine.ParseResult result, NoClassDefFoundError e) {
    String image = System.getenv("LECTERN_IMAGE");
    if (image == null) {
      throw e;
    }
    List<CommandLine> commands = result.asCommandLineList();
    CommandLine command = commands.get(commands.size() - 1);
    String line =
        "the image '%s' has no libraries for '%s' (%s); the image 'lectern' has those of every command"
            .formatted(image, command.getCommandSpec().qualifiedName(), e.getMessage());
    return new CommandLine.ExecutionException(command, line, new UserMistakeException(line, e));
  }

  private static int wrongArguments(CommandLine.ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("lectern: " + OneLine.of(message(e, arguments)));
    err.println(
        "Try '" + command.getCommandSpec().qualifiedName() + " --help' for what is possible.");
    err.flush();
    return ExitCode.USER_MISTAKE;
  }

  /**
   * An option of a group that was given again starts a second group, which picocli prints whole.
   */
  private static Optional<String> repeated(CommandLine command, String[] arguments) {
    Set<String> seen = new HashSet<>();
    return Stream.of(arguments)
        .map(argument -> argument.replaceFirst("=.*", ""))
        .filter(name -> command.getCommandSpec().optionsMap().containsKey(name))
        .filter(name -> !seen.add(name) && !isRepeatable(command, name))
        .findFirst()
        .map(name -> "option '" + name + "' should be specified only once");
  }

  /** Whether an option's value is a pair, which may be a secret and is not shown. */
  private static boolean takesPairs(ArgSpec argument) {
    return argument instanceof OptionSpec option && option.paramLabel().equals("KEY=VALUE");
  }

  /** Whether an argument without an option may be the rest of a pair that stands before it. */
  private static boolean maybeSecret(String found, CommandSpec spec, String[] arguments) {
    return !found.matches("--[a-z][a-z-]*")
        && spec.options().stream()
            .filter(CommandLines::takesPairs)
            .anyMatch(
                option ->
                    Stream.of(arguments)
                        .anyMatch(argument -> argument.startsWith(option.longestName())));
  }

  private static boolean isRepeatable(CommandLine command, String name) {
    return command.getCommandSpec().optionsMap().get(name).isMultiValue();
  }

  private static String message(CommandLine.ParameterException e, String[] arguments) {
    if (e instanceof CommandLine.MaxValuesExceededException) {
      return repeated(e.getCommandLine(), arguments).orElse(e.getMessage());
    }
    if (takesPairs(e.getArgSpec())) {
      return "option '" + ((OptionSpec) e.getArgSpec()).longestName() + "': expected KEY=VALUE";
    }
    if (!(e instanceof CommandLine.UnmatchedArgumentException unmatched)) {
      return e.getMessage();
    }
    CommandSpec spec = e.getCommandLine().getCommandSpec();
    String found = unmatched.getUnmatched().get(0);
    boolean option = found.startsWith("-");
    if (option) {
      found = found.replaceFirst("=.*", "");
    }
    if (maybeSecret(found, spec, arguments)) {
      return "found an argument that belongs to no option, expected quotes around a KEY=VALUE that"
          + " has spaces";
    }
    Collection<String> known = option ? spec.optionsMap().keySet() : spec.subcommands().keySet();
    return "unknown "
        + (option ? "option" : spec.subcommands().isEmpty() ? "argument" : "command")
        + " '"
        + found
        + "'"
        + Nearest.hint(found, known);
  }
}
