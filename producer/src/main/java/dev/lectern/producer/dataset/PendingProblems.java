package dev.lectern.producer.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Problems that are kept, to be reported later or never. For use by one thread at a time. */
public final class PendingProblems extends Problems {
  private final List<Consumer<Problems>> reports = new ArrayList<>();

  @Override
  public void report(Problem problem, String where, String reason) {
    reports.add(problems -> problems.report(problem, where, reason));
  }

  /** Reports them all. */
  public void reportTo(Problems problems) {
    reports.forEach(report -> report.accept(problems));
  }
}
