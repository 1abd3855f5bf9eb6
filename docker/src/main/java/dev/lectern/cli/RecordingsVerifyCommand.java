package dev.lectern.cli;

import dev.lectern.cli.progress.Displays;
import dev.lectern.schemas.log.RecordingVerifier;
import dev.lectern.schemas.log.Verification;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lectern recordings verify}. */
@Command(
    name = "verify",
    description =
        "Read every payload back and compare it with its receipt, the catalog and the manifest."
            + " Exit code 0 only if all match.")
final class RecordingsVerifyCommand extends RecordingQuery {
  @Parameters(paramLabel = "RECORDING", description = "Its name.")
  private String name;

  @Mixin private RecordingsOutput output;

  @Option(names = "--pixels", description = "Also read every view and hash its pixels.")
  private boolean pixels;

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) {
    Verification found =
        new RecordingVerifier(kafka, Displays.standardError())
            .verify(
                required(kafka, name),
                pixels ? RecordingVerifier.Pixels.REREAD : RecordingVerifier.Pixels.BY_CATALOG);
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
    return found.isSound() ? Failure.DONE : Failure.FAILED;
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
