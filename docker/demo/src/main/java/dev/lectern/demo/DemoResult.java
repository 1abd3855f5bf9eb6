package dev.lectern.demo;

import dev.lectern.demo.figures.RecordingFigures;
import java.nio.file.Path;
import java.util.List;

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

  /** Mean AP over the seeds. */
  public double meanAp(Variant variant) {
    return runs.stream()
        .filter(run -> run.variant() == variant)
        .mapToDouble(run -> run.history().result().ap())
        .average()
        .orElseThrow();
  }
}
