package dev.lectern.cli;

import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.RecordingDescription;
import dev.lectern.schemas.record.RecordingManifest;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lectern recordings list}. */
@Command(name = "list", description = "List all recordings.")
final class RecordingsListCommand extends RecordingQuery {
  @Mixin private JsonOption output;

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) {
    List<RecordingDescription> found = new ArrayList<>();
    for (RecordingManifest manifest : manifests(kafka)) {
      found.add(RecordingDescription.of(kafka, manifest, 0));
    }
    if (output.json()) {
      out.println(json(found));
    } else if (found.isEmpty()) {
      out.println("no recordings");
    } else {
      out.printf(
          "%-24s %-7s %-20s %9s %9s %6s %10s  %s%n",
          "RECORDING", "STATE", "DATASET", "RECORDED", "EXPECTED", "DEAD", "BYTES", "TEACHER");
      for (RecordingDescription r : found) {
        out.printf(
            "%-24s %-7s %-20s %9d %9d %6d %10s  %s%n",
            r.name(),
            r.state(),
            r.dataset(),
            r.recorded(),
            r.expected(),
            r.deadLettered(),
            bytes(r.bytes()),
            r.teacher().name());
      }
    }
    return ExitCode.DONE;
  }

  private static List<RecordingManifest> manifests(Map<String, Object> kafka) {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      return manifests.recordings();
    }
  }
}
