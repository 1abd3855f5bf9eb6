package dev.lectern.experiment;

import java.util.Locale;

/**
 * What became of a claim.
 *
 * @param claim as the plan has it
 * @param difference of the row to its baseline over the seeds of which both were measured; null for
 *     none
 * @param missing trainings of both that are not finished
 */
record Verdict(ExperimentPlan.Claim claim, PairedDifference difference, int missing) {
  /** By the rule of the plan. */
  enum Outcome {
    HOLDS("holds"),
    DOES_NOT_HOLD("does not hold"),
    /** Trainings are missing, or one seed gives no interval. */
    OPEN("is not decided");

    private final String words;

    Outcome(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  Outcome outcome() {
    if (missing > 0 || difference == null || !difference.hasInterval()) {
      return Outcome.OPEN;
    }
    return difference.low() > claim.above() ? Outcome.HOLDS : Outcome.DOES_NOT_HOLD;
  }

  /** Why, in a few words. */
  String reason() {
    if (missing > 0) {
      return missing + " trainings are not finished";
    }
    if (difference == null) {
      return "nothing was measured";
    }
    if (!difference.hasInterval()) {
      return "one seed gives no interval";
    }
    return String.format(
        Locale.ROOT,
        "the lower end %+.4f is %s %+.4f",
        difference.low(),
        difference.low() > claim.above() ? "above" : "not above",
        claim.above());
  }
}
