package dev.lectern.demo;

import dev.lectern.demo.figures.RecordingFigures;
import dev.lectern.experiment.PairedDifference;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * What a demo came to.
 *
 * @param plan how large it was
 * @param teacherAp of the teacher, read back from the recording
 * @param recording how it came about
 * @param runs by seed, the plain student before the distilled one
 * @param seconds that the whole demo took
 * @param report the HTML file
 */
public record DemoResult(
    DemoPlan plan,
    double teacherAp,
    RecordingFigures recording,
    List<Run> runs,
    double seconds,
    Path report) {
  public DemoResult {
    runs = List.copyOf(runs);
  }

  /** The training of a student. */
  public Run run(Variant variant, int seed) {
    return runs.stream()
        .filter(run -> run.variant() == variant && run.seed() == seed)
        .findFirst()
        .orElseThrow();
  }

  /** AP of the distilled students less that of the plain ones, in pairs. */
  public PairedDifference difference() {
    return PairedDifference.of(aps(Variant.DISTILLED), aps(Variant.PLAIN), 0.95);
  }

  private double[] aps(Variant variant) {
    return runs.stream()
        .filter(run -> run.variant() == variant)
        .mapToDouble(run -> run.history().result().ap())
        .toArray();
  }

  /** Mean AP over the seeds. */
  public double meanAp(Variant variant) {
    return DoubleStream.of(aps(variant)).average().orElseThrow();
  }
}
