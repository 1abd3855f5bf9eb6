package dev.lectern.golden;

/** Answers the cases of one method. */
@FunctionalInterface
public interface CaseRunner {
  /** Computes what the case asks for. */
  Answer answer(GoldenCase question);
}
