package dev.lectern.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.cli.progress.Displays;
import dev.lectern.report.inspect.KindDifference;
import dev.lectern.schemas.log.RecordingVerifier;
import dev.lectern.schemas.log.Verification;
import dev.lectern.schemas.record.RecordingManifest;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lectern recordings verify}. */
@Command(
    name = "verify",
    description =
        "Read every view and payload back and compare them with catalog, receipts and manifest. The"
            + " last line is the verdict; exit code 0 only if all match. With --live, the teacher is"
            + " run again on a sample.")
final class RecordingsVerifyCommand extends RecordingQuery {
  @Parameters(paramLabel = "RECORDING", description = "Its name.")
  private String name;

  @Mixin private JsonOption output;

  @Mixin private LiveOptions live;

  @Override
  void check() {
    live.check();
  }

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) {
    RecordingManifest recording = required(kafka, name);
    Verification found = new RecordingVerifier(kafka, Displays.standardError()).verify(recording);
    // Outputs that are not what they were written as say nothing of the teacher.
    List<KindDifference> differences =
        live.live() && found.isSound()
            ? live.compare(kafka, recording, Displays.standardError())
            : List.of();
    if (output.json()) {
      out.println(json(new Report(found, differences)));
    } else {
      found.failures().forEach(f -> out.println(line(f)));
      found.notes().forEach(out::println);
      if (found.isSound()) {
        out.println("digest " + found.digest());
      }
      differences.forEach(difference -> out.println(line(difference)));
      out.printf(
          "%s: %d views, %d payloads, %s: %s%n",
          found.recording(),
          found.pixels(),
          found.payloads(),
          bytes(found.payloadBytes()),
          found.isSound() ? "sound" : found.failures().size() + " findings: NOT sound");
    }
    return found.isSound() ? ExitCode.DONE : ExitCode.FAILED;
  }

  /** The verification's own keys and, with {@code --live}, the key {@code live}. */
  private record Report(
      @JsonUnwrapped Verification verification,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<KindDifference> live) {}

  private static String line(KindDifference kind) {
    String line =
        String.format(
            Locale.ROOT,
            "live %s: %d of %d views equal",
            kind.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
            kind.equal(),
            kind.views());
    return kind.equal() == kind.views()
        ? line
        : line
            + String.format(
                Locale.ROOT,
                ", largest difference %.3g, relative %.3g",
                kind.largest(),
                kind.relative());
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
}
