package dev.lectern.trainer.distil;

import java.util.Optional;

/**
 * A term as a run uses it.
 *
 * @param name as in reports; unique in a run
 * @param teacher which of the run's teachers it learns from, from 0
 * @param weight factor, more than 0
 * @param schedule factor over time
 * @param share of the gradient of the student's own losses that the weight is to give; null where
 *     the weight is what it is
 * @param term what it computes
 */
public record WeightedTerm(
    String name, int teacher, double weight, LossSchedule schedule, Double share, Term term) {
  /** Refuses a weight that is not above 0. */
  public WeightedTerm {
    if (!(weight > 0)) {
      throw new IllegalArgumentException(name + ": weight " + weight + ", expected more than 0");
    }
  }

  /** A term with its weight, on the first teacher, all the time. */
  public static WeightedTerm of(String name, double weight, Term term) {
    return new WeightedTerm(name, 0, weight, LossSchedule.CONSTANT, null, term);
  }

  /** What it adds up in a step, weighted; empty where that is nothing. */
  public Optional<Addends> addends(Step step) {
    double factor = weight * schedule.factor(step.progress());
    return factor > 0
        ? term.addends(step).map(a -> new Addends(a.values(), a.factor() * factor))
        : Optional.empty();
  }
}
