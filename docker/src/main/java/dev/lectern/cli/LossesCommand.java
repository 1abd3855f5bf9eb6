package dev.lectern.cli;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.trainer.golden.CaseRunners;
import dev.lectern.trainer.golden.GoldenVerifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lectern losses}: what the losses compute, against golden vectors. */
@Command(
    name = "losses",
    header = "Run golden vectors.",
    description = {
      "Run golden vectors: compare the value and the gradients of every loss, target and decoder with"
          + " what is expected.",
      "The last line is 'N passed, N failed'; the exit code is 0 only if all passed."
    })
final class LossesCommand implements Callable<Integer> {
  @Option(
      names = "--verify",
      paramLabel = "DIR",
      required = true,
      description = "Folder with one folder per case, each with a case.json and its arrays.")
  private Path folder;

  @Option(
      names = "--method",
      split = ",",
      paramLabel = "ID",
      description = "Only the cases of these methods. Default: all")
  private Set<String> methods = new LinkedHashSet<>();

  @Override
  public Integer call() throws Exception {
    if (!Files.isDirectory(folder)) {
      throw new UserMistakeException("--verify " + folder + ": no such folder");
    }
    Set<String> known = CaseRunners.all().keySet();
    for (String method : methods) {
      if (!known.contains(method)) {
        throw new UserMistakeException(
            "--method " + method + ": expected one of " + String.join(", ", new TreeSet<>(known)));
      }
    }
    GoldenVerifier.Summary summary = GoldenVerifier.verify(folder, methods, System.out);
    if (summary.passed() + summary.failed() == 0) {
      throw new UserMistakeException(
          "--verify " + folder + ": found no case, expected folders with a case.json");
    }
    return summary.isClean() ? Failure.DONE : Failure.FAILED;
  }
}
