package dev.lectern.cli;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lectern losses}: what a run can be trained with, and golden vectors of all of it. */
@Command(
    name = "losses",
    header = "List the losses, explain one, or run golden vectors.",
    description = {
      "Without arguments: every loss that a run can name under 'losses', its paper, its defaults and"
          + " what it needs from the recording. With a name: that loss in full.",
      "With --verify: compare the value and the gradients of every loss, target and decoder with"
          + " what is expected. The last line is 'N passed, N failed'; the exit code is 0 only if"
          + " all passed."
    })
final class LossesCommand implements Callable<Integer> {
  /** The tool that runs golden vectors; a jar that images do without provides it. */
  private static final String GOLDEN = "lectern-golden";

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "The loss to explain, as a configuration names it.")
  private String name;

  @Option(
      names = "--verify",
      paramLabel = "DIR",
      description = "Folder with one folder per case, each with a case.json and its arrays.")
  private Path folder;

  @Option(
      names = "--method",
      split = ",",
      paramLabel = "ID",
      description = "With --verify: only the cases of these methods. Default: all")
  private Set<String> methods = new LinkedHashSet<>();

  @Override
  public Integer call() {
    if (folder != null) {
      return verify();
    }
    if (!methods.isEmpty()) {
      throw new UserMistakeException("--method: found no --verify DIR, expected one beside it");
    }
    PrintWriter out = spec.commandLine().getOut();
    if (name == null) {
      LossSheet.list(out);
    } else {
      LossSheet.explain(name, out);
    }
    out.flush();
    return ExitCode.DONE;
  }

  private int verify() {
    if (name != null) {
      throw new UserMistakeException(
          "losses: found " + name + " and --verify, expected one of them; --method chooses cases");
    }
    if (!Files.isDirectory(folder)) {
      throw new UserMistakeException("--verify " + folder + ": no such folder");
    }
    ToolProvider golden =
        ToolProvider.findFirst(GOLDEN)
            .orElseThrow(
                () ->
                    new UserMistakeException(
                        "--verify: golden vectors are checked in a source checkout of Lectern;"
                            + " run ./lectern losses --verify there"));
    return golden.run(
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        Stream.concat(Stream.of(folder.toString()), methods.stream()).toArray(String[]::new));
  }
}
