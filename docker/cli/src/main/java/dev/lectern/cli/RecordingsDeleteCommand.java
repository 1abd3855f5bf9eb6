package dev.lectern.cli;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.RecordingDeletion;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lectern recordings delete}. */
@Command(
    name = "delete",
    description = "Delete a recording with all its topics. There is no way back.")
final class RecordingsDeleteCommand extends RecordingQuery {
  @Parameters(paramLabel = "RECORDING", description = "Its name.")
  private String name;

  @Option(names = "--yes", description = "Required: says that you mean it.")
  private boolean yes;

  @Override
  void check() {
    if (!yes) {
      throw new UserMistakeException(
          "recordings delete " + name + ": add --yes to delete it for good");
    }
  }

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) throws InterruptedException {
    RecordingDeletion.delete(kafka, name);
    out.println("deleted " + name);
    return ExitCode.DONE;
  }
}
