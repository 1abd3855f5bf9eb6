package dev.lectern.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.cli.progress.Displays;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.RecordingDeletion;
import dev.lectern.schemas.log.RecordingDescription;
import dev.lectern.schemas.log.RecordingVerifier;
import dev.lectern.schemas.log.Verification;
import dev.lectern.schemas.record.RecordingManifest;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lectern recordings}: looking after recordings. */
@Command(name = "recordings", description = "List, describe, verify and delete recordings.")
final class RecordingsCommand implements Runnable {
  private static final JsonMapper JSON = new JsonMapper();

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "found no command, expected one of " + String.join(", ", spec.subcommands().keySet()));
  }

  @Command(name = "list", description = "List all recordings.")
  int list(@Mixin ConnectionOptions connection, @Mixin OutputOptions output)
      throws InterruptedException {
    Map<String, Object> kafka = reached(connection);
    List<RecordingDescription> found = new ArrayList<>();
    for (RecordingManifest manifest : manifests(kafka)) {
      found.add(RecordingDescription.of(kafka, manifest, 0));
    }
    PrintWriter out = spec.commandLine().getOut();
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
    out.flush();
    return Failure.DONE;
  }

  @Command(name = "describe", description = "Show one recording: state, counts, digest, sizes.")
  int describe(
      @Parameters(paramLabel = "RECORDING", description = "Its name.") String name,
      @Mixin ConnectionOptions connection,
      @Mixin OutputOptions output,
      @Option(
              names = "--dead-letters",
              paramLabel = "N",
              defaultValue = "10",
              description = "How many views that were given up to list at most.")
          int deadLetters)
      throws InterruptedException {
    Map<String, Object> kafka = reached(connection);
    RecordingDescription described =
        RecordingDescription.of(kafka, required(kafka, name), deadLetters);
    PrintWriter out = spec.commandLine().getOut();
    if (output.json()) {
      out.println(json(described));
    } else {
      describe(described, out);
    }
    out.flush();
    return Failure.DONE;
  }

  @Command(
      name = "verify",
      description =
          "Read every payload back and compare it with its receipt, the catalog and the manifest."
              + " Exit code 0 only if all match.")
  int verify(
      @Parameters(paramLabel = "RECORDING", description = "Its name.") String name,
      @Mixin ConnectionOptions connection,
      @Mixin OutputOptions output,
      @Option(names = "--pixels", description = "Also read every view and hash its pixels.")
          boolean pixels)
      throws InterruptedException {
    Map<String, Object> kafka = reached(connection);
    Verification found =
        new RecordingVerifier(kafka, Displays.standardError())
            .verify(
                required(kafka, name),
                pixels ? RecordingVerifier.Pixels.REREAD : RecordingVerifier.Pixels.BY_CATALOG);
    PrintWriter out = spec.commandLine().getOut();
    if (output.json()) {
      out.println(json(found));
    } else {
      found.failures().forEach(f -> out.println(line(f)));
      out.printf(
          "%s: %d views, %d payloads, %s: %s%n",
          found.recording(),
          found.views(),
          found.payloads(),
          bytes(found.payloadBytes()),
          found.isSound() ? "sound" : found.failures().size() + " failures");
      out.println("digest " + found.digest());
    }
    out.flush();
    return found.isSound() ? Failure.DONE : Failure.FAILED;
  }

  @Command(
      name = "delete",
      description = "Delete a recording with all its topics. There is no way back.")
  int delete(
      @Parameters(paramLabel = "RECORDING", description = "Its name.") String name,
      @Mixin ConnectionOptions connection,
      @Option(names = "--yes", description = "Required: says that you mean it.") boolean yes)
      throws InterruptedException {
    if (!yes) {
      throw new UserMistakeException(
          "recordings delete " + name + ": add --yes to delete it for good");
    }
    Map<String, Object> kafka = reached(connection);
    RecordingDeletion.delete(kafka, name);
    PrintWriter out = spec.commandLine().getOut();
    out.println("deleted " + name);
    out.flush();
    return Failure.DONE;
  }

  /** How results are written. */
  static final class OutputOptions {
    @Option(names = "--json", description = "Write JSON on standard output.")
    private boolean json;

    boolean json() {
      return json;
    }
  }

  private static Map<String, Object> reached(ConnectionOptions connection)
      throws InterruptedException {
    Map<String, Object> kafka = connection.clientProperties();
    BrokerCheck.answers(kafka);
    return kafka;
  }

  private static List<RecordingManifest> manifests(Map<String, Object> kafka) {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      return manifests.recordings();
    }
  }

  private static RecordingManifest required(Map<String, Object> kafka, String name) {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      return manifests.requireRecording(name);
    }
  }

  private static void describe(RecordingDescription r, PrintWriter out) {
    out.printf("recording      %s%n", r.name());
    out.printf("state          %s%n", r.state());
    out.printf("dataset        %s%n", r.dataset());
    out.printf("teacher        %s%n", r.teacherId());
    out.printf(
        "views          %d of %d recorded, %d given up%n",
        r.recorded(), r.expected(), r.deadLettered());
    r.bytesPerKind()
        .forEach(
            (kind, size) ->
                out.printf(
                    "%-14s %s, %s%n",
                    kind.toLowerCase(Locale.ROOT).replace('_', '-'),
                    bytes(size),
                    r.encodings().getOrDefault(kind, "").toLowerCase(Locale.ROOT)));
    out.printf("digest         %s%n", r.digest().isEmpty() ? "none while open" : r.digest());
    out.printf("created        %s%n", r.createdAt());
    if (r.sealedAt() != null) {
      out.printf("sealed         %s%n", r.sealedAt());
    }
    r.deadLetters()
        .forEach(
            lost ->
                out.printf(
                    "given up       %s (%s), %d attempts: %s%n",
                    lost.viewId(), lost.at(), lost.attempts(), lost.cause()));
  }

  private static String line(Verification.Failure failure) {
    StringBuilder line = new StringBuilder();
    if (failure.at() != null) {
      line.append(failure.at()).append(": ");
    }
    if (failure.viewId() != null) {
      line.append("view ").append(failure.viewId()).append(": ");
    }
    if (failure.kind() != null) {
      line.append(failure.kind()).append(": ");
    }
    return line.append(failure.what()).toString();
  }

  private static String bytes(long size) {
    return size < 1_000_000
        ? String.format(Locale.ROOT, "%.1f kB", size / 1e3)
        : String.format(Locale.ROOT, "%.1f MB", size / 1e6);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not JSON: " + value, e);
    }
  }
}
