package dev.lectern.cli;

import dev.lectern.cli.progress.Displays;
import dev.lectern.schemas.archive.Erasure;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.teacher.ledger.LedgerConfig;
import dev.lectern.teacher.ledger.LedgerState;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lectern erase}. */
@Command(
    name = "erase",
    description = {
      "Take images out of a dataset, all its versions and their recordings: views that show them,"
          + " annotations, outputs and names. There is no way back.",
      "What stays is written to a folder, the topics are deleted, and it comes back under the same"
          + " names with new digests. After an interruption, give the same command again."
    })
final class EraseCommand extends RecordingQuery {
  @Parameters(paramLabel = "DATASET", description = "Its name.")
  private String dataset;

  @Option(
      names = "--images",
      paramLabel = "ID",
      split = ",",
      required = true,
      description = "The images' ids in the dataset, with commas between.")
  private Set<String> images = new LinkedHashSet<>();

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      required = true,
      description =
          "Where what stays is kept meanwhile; empty or new, with room for all of it. It is removed"
              + " at the end.")
  private Path folder;

  @Option(names = "--yes", description = "Required: says that you mean it.")
  private boolean yes;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description =
          "Where ledgers kept their local state, which goes too. Default: lectern/ledger in"
              + " $XDG_STATE_HOME or ~/.local/state")
  private Path stateDir;

  @Mixin private JsonOption output;

  @Override
  void check() {
    if (!yes) {
      throw new UserMistakeException("erase " + dataset + ": add --yes to erase for good");
    }
    if (images.stream().anyMatch(String::isBlank)) {
      throw new UserMistakeException(
          "--images: found an empty id, expected ids with commas between");
    }
  }

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) throws InterruptedException {
    Path states = stateDir == null ? LedgerConfig.defaultStateDir() : stateDir;
    Erasure.Remains remains =
        new Erasure(
                kafka,
                Displays.standardError(),
                (recording, receipts) -> LedgerState.delete(states, recording, receipts))
            .run(dataset, images, folder);
    if (output.json()) {
      out.println(JsonOption.text(remains));
      return ExitCode.DONE;
    }
    out.printf("erased %s: %d views%n", String.join(", ", images), remains.erased());
    remains
        .datasets()
        .forEach((name, digest) -> out.printf("dataset %s digest %s%n", name, digest));
    remains
        .recordings()
        .forEach((name, digest) -> out.printf("recording %s digest %s%n", name, digest));
    out.println(
        "The broker deletes the files of the old topics within its log.segment.delete.delay.ms, a"
            + " minute as a rule.");
    out.println(
        "Not reached from here: replay stores (out/replay-store of runs), pages of inspect, exported"
            + " archives and what ledgers keep on other machines. Delete them; an archive that is to"
            + " stay is exported again.");
    return ExitCode.DONE;
  }
}
