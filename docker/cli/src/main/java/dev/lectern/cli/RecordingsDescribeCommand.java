package dev.lectern.cli;

import dev.lectern.schemas.log.RecordingDescription;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lectern recordings describe}. */
@Command(name = "describe", description = "Show one recording: state, counts, digest, sizes.")
final class RecordingsDescribeCommand extends RecordingQuery {
  @Parameters(paramLabel = "RECORDING", description = "Its name.")
  private String name;

  @Mixin private JsonOption output;

  @Option(
      names = "--dead-letters",
      paramLabel = "N",
      defaultValue = "10",
      description = "How many views that were given up to list at most.")
  private int deadLetters;

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) {
    RecordingDescription described =
        RecordingDescription.of(kafka, required(kafka, name), deadLetters);
    if (output.json()) {
      out.println(json(described));
    } else {
      describe(described, out);
    }
    return ExitCode.DONE;
  }

  private static void describe(RecordingDescription r, PrintWriter out) {
    out.printf("recording      %s%n", r.name());
    out.printf("state          %s%n", r.state());
    out.printf("dataset        %s%n", r.dataset());
    out.printf("teacher        %s%n", r.teacherId());
    r.teacher().conversionLosses().forEach(loss -> out.printf("not recorded   %s%n", loss));
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
}
