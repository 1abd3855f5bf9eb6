package dev.lectern.cli;

import dev.lectern.cli.progress.Displays;
import dev.lectern.report.inspect.RecordingComparison;
import dev.lectern.report.inspect.RecordingComparison.BoxAgreement;
import dev.lectern.report.inspect.RecordingComparison.Comparison;
import dev.lectern.report.inspect.RecordingComparison.TensorDifference;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lectern recordings diff}. */
@Command(
    name = "diff",
    description =
        "Compare two recordings over the same views, of two teachers or of one under two encodings:"
            + " numbers of each tensor, decoded boxes, views that one alone holds.")
final class RecordingsDiffCommand extends RecordingQuery {
  private static final int NAMED = 5;

  @Parameters(index = "0", paramLabel = "FIRST", description = "A recording.")
  private String first;

  @Parameters(index = "1", paramLabel = "SECOND", description = "Another one.")
  private String second;

  @Option(
      names = "--score",
      paramLabel = "P",
      defaultValue = "0.3",
      description = "Boxes above this score are compared.")
  private double score;

  @Mixin private JsonOption output;

  @Override
  void check() {
    if (!(score > 0 && score < 1)) {
      throw new UserMistakeException(
          "--score: found " + score + ", expected a number between 0 and 1");
    }
  }

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) {
    Comparison found =
        new RecordingComparison(kafka, required(kafka, first), required(kafka, second), score)
            .compare(Displays.standardError());
    if (output.json()) {
      out.println(JsonOption.text(found));
    } else {
      print(found, out);
    }
    return ExitCode.DONE;
  }

  private static void print(Comparison found, PrintWriter out) {
    out.printf(
        "%-10s %7s %7s %11s %11s %11s %8s %8s%n",
        "TENSOR", "VIEWS", "EQUAL", "LARGEST", "MEAN", "OF MEAN", "FIRST", "SECOND");
    for (TensorDifference tensor : found.tensors()) {
      out.printf(
          Locale.ROOT,
          "%-10s %7d %7d %11.4g %11.4g %11.4g %7.1f%% %7.1f%%%n",
          tensor.name(),
          tensor.views(),
          tensor.equal(),
          tensor.largest(),
          tensor.mean(),
          tensor.magnitude(),
          100 * tensor.positionsOfFirst(),
          100 * tensor.positionsOfSecond());
    }
    found.lacking().forEach(tensor -> out.printf("not in both: %s%n", tensor));
    BoxAgreement boxes = found.boxes();
    if (boxes != null) {
      out.printf(
          Locale.ROOT,
          "boxes above %s: %d in both, %d in the first alone, %d in the second alone: %.1f %% agree%n",
          boxes.score(),
          boxes.matched(),
          boxes.first(),
          boxes.second(),
          100 * boxes.share());
    }
    list(found.onlyFirst(), "in '" + found.first() + "' alone", out);
    list(found.onlySecond(), "in '" + found.second() + "' alone", out);
    list(found.otherPixels(), "of other pixels", out);
    out.printf("%s and %s: %d views compared%n", found.first(), found.second(), found.views());
  }

  private static void list(List<String> views, String what, PrintWriter out) {
    if (!views.isEmpty()) {
      out.printf(
          "%d views %s: %s%s%n",
          views.size(),
          what,
          String.join(", ", views.subList(0, Math.min(NAMED, views.size()))),
          views.size() > NAMED ? ", ..." : "");
    }
  }
}
