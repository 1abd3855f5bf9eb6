package dev.lectern.cli;

import dev.lectern.cli.progress.Displays;
import dev.lectern.schemas.archive.ArchiveSummary;
import dev.lectern.schemas.archive.RecordingImport;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lectern recordings import}. */
@Command(
    name = "import",
    description = {
      "Bring a folder that 'recordings export' wrote to a broker: the dataset where it is missing,"
          + " then the recording.",
      "The recording exists when all is there and has the same digest; after an interruption, give"
          + " the same command again."
    })
final class RecordingsImportCommand extends RecordingQuery {
  @Parameters(paramLabel = "FOLDER", description = "What export wrote.")
  private Path folder;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Of the recording on this broker. Default: as exported")
  private String name;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "4",
      description = "Partitions of the topics of a dataset that is made.")
  private int partitions;

  @Mixin private JsonOption output;

  @Override
  void check() {
    if (partitions < 1) {
      throw new UserMistakeException("--partitions: found " + partitions + ", expected 1 or more");
    }
  }

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) throws InterruptedException {
    RecordingImport bringing = new RecordingImport(kafka, Displays.standardError());
    ArchiveSummary done =
        name == null ? bringing.run(folder, partitions) : bringing.run(folder, name, partitions);
    if (output.json()) {
      out.println(json(done));
    } else {
      out.printf(
          "imported %s from %s: %d views, %d payloads, %s%n",
          done.recording(), folder, done.views(), done.payloads(), bytes(done.payloadBytes()));
      out.println("digest " + done.digest());
    }
    return ExitCode.DONE;
  }
}
