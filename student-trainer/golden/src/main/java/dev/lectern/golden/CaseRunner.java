package dev.lectern.golden;

/** Runs the cases of one method. */
@FunctionalInterface
public interface CaseRunner {
  /** Computes what the case asks for. */
  CaseResult run(GoldenCase golden);
}
