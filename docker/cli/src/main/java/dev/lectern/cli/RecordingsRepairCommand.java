package dev.lectern.cli;

import dev.lectern.schemas.log.RecordingRepair;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lectern recordings repair}. */
@Command(
    name = "repair",
    description =
        "Rebuild the index of a sealed recording from its receipts, and the catalog of its dataset"
            + " from its views, where later records or compaction changed them. The digest stays.")
final class RecordingsRepairCommand extends RecordingQuery {
  @Parameters(paramLabel = "RECORDING", description = "Its name.")
  private String name;

  @Mixin private JsonOption output;

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) throws InterruptedException {
    RecordingRepair.Result done = RecordingRepair.run(kafka, name);
    if (output.json()) {
      out.println(json(done));
    } else {
      out.printf(
          "%s: %d views with digest %s; index: %d entries written, %d foreign keys removed;"
              + " catalog: %d and %d%n",
          done.recording(),
          done.views(),
          done.digest(),
          done.indexWritten(),
          done.indexRemoved(),
          done.catalogWritten(),
          done.catalogRemoved());
    }
    return ExitCode.DONE;
  }
}
