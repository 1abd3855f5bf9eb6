package dev.lectern.cli;

import dev.lectern.cli.progress.Displays;
import dev.lectern.schemas.archive.ArchiveSummary;
import dev.lectern.schemas.archive.RecordingExport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lectern recordings export}. */
@Command(
    name = "export",
    description = {
      "Write a sealed recording and its dataset's views as a folder of Avro container files.",
      "Every payload is compared with its receipt. The folder appears when it is complete."
    })
final class RecordingsExportCommand extends RecordingQuery {
  @Parameters(index = "0", paramLabel = "RECORDING", description = "Its name.")
  private String name;

  @Parameters(index = "1", paramLabel = "FOLDER", description = "Where to; it must not exist.")
  private Path folder;

  @Option(
      names = "--without-views",
      description =
          "Leave the views out; the broker that it is imported into must have the dataset.")
  private boolean withoutViews;

  @Mixin private JsonOption output;

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) {
    ArchiveSummary written =
        new RecordingExport(kafka, Displays.standardError())
            .export(
                name,
                folder,
                withoutViews ? RecordingExport.Views.LEFT_OUT : RecordingExport.Views.INCLUDED);
    if (output.json()) {
      out.println(json(written));
    } else {
      out.printf(
          "exported %s to %s: %d views, %d payloads, %s%n",
          written.recording(),
          folder,
          written.views(),
          written.payloads(),
          bytes(written.payloadBytes()));
      out.println("digest " + written.digest());
    }
    return ExitCode.DONE;
  }
}
