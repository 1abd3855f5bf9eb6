package dev.lectern.experiment;

import java.util.List;
import java.util.Locale;

/**
 * What became of a claim.
 *
 * @param claim as the plan has it
 * @param difference of the row to its baseline over the seeds of which both were measured; null for
 *     none
 * @param seeds of the plan
 * @param unequal seeds of which the row took another number of steps than its baseline
 */
record Verdict(
    ExperimentPlan.Claim claim, PairedDifference difference, int seeds, List<Long> unequal) {
  /** By the rule of the plan. */
  enum Outcome {
    HOLDS("holds"),
    DOES_NOT_HOLD("does not hold"),
    /** Pairs are missing or of unequal steps, or one seed gives no interval. */
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
    if (!unequal.isEmpty() || pairs() < seeds || !difference.hasInterval()) {
      return Outcome.OPEN;
    }
    return difference.low() > claim.above() ? Outcome.HOLDS : Outcome.DOES_NOT_HOLD;
  }

  private int pairs() {
    return difference == null ? 0 : difference.pairs();
  }

  /** Why, in a few words. */
  String reason() {
    if (!unequal.isEmpty()) {
      return "row and baseline took other numbers of steps with seeds " + unequal;
    }
    if (pairs() < seeds) {
      return pairs() + " of " + seeds + " pairs are measured";
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
