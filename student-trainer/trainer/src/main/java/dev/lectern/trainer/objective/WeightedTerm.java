package dev.lectern.trainer.objective;

/**
 * A distillation term as a run uses it.
 *
 * @param name as in reports; unique in a run
 * @param teacher which of the run's teachers it listens to, from 0
 * @param weight factor, more than 0
 * @param schedule factor over time
 * @param term what it computes
 */
public record WeightedTerm(
    String name, int teacher, double weight, TermSchedule schedule, DistillationTerm term) {
  /** Refuses a weight that is not above 0. */
  public WeightedTerm {
    if (!(weight > 0)) {
      throw new IllegalArgumentException(name + ": weight " + weight + ", expected more than 0");
    }
  }

  /** A term with its weight, on the first teacher, all the time. */
  public static WeightedTerm of(String name, double weight, DistillationTerm term) {
    return new WeightedTerm(name, 0, weight, TermSchedule.CONSTANT, term);
  }

  /** The value of a step. */
  LossTerm value(TermStep step) {
    LossTerm sum = new LossTerm(name);
    double factor = weight * schedule.factor(step.moment());
    if (factor > 0) {
      term.addTo(sum, step);
      sum.times(factor);
    }
    return sum;
  }
}
