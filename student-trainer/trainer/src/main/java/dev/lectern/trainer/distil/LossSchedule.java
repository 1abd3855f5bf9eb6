package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lectern.schemas.config.Key;

/**
 * How the weight of a distillation term changes over a run; a pure function of progress, so that a
 * resumed run goes on as if it had never stopped.
 *
 * <pre>
 *   factor = rise · decay, 0 from detachEpoch on
 *   rise    min(1, (step + 1) / warmUpSteps) · min(1, epoch / warmUpEpochs)
 *   decay   1 where there is no decay; else from 1 at the start to endFactor at the end,
 *           linear    1 - x (1 - endFactor)
 *           cosine    endFactor + (1 - endFactor) (1 + cos πx) / 2       x = min(1, epoch / end)
 * </pre>
 *
 * <p>The end is the detach epoch where there is one, else the end of the run. Linear decay to 0 is
 * what DeFeat (arXiv:2103.14475) offers.
 *
 * @param warmUpSteps steps of the rise; 0 for none
 * @param warmUpEpochs epochs of the rise; 0 for none
 * @param decay how it falls after it
 * @param endFactor where a decay ends
 * @param detachEpoch epoch from which on the term is left out; null for never
 */
public record LossSchedule(
    @Key(defaultsTo = "0", min = 0, meaning = "steps in which the weight rises from 0")
        long warmUpSteps,
    @Key(defaultsTo = "0", min = 0, meaning = "epochs in which it rises from 0")
        double warmUpEpochs,
    @Key(meaning = "how it falls until the end") Decay decay,
    @Key(defaultsTo = "0", min = 0, meaning = "part of the weight where a decay ends")
        double endFactor,
    @Key(
            shownDefault = "-",
            above = 0,
            meaning = "epoch from which on the loss is left out; else the run's end")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        Double detachEpoch) {
  /** How a weight falls after its rise. */
  public enum Decay {
    NONE,
    LINEAR,
    COSINE
  }

  /** The whole weight all the time. */
  public static final LossSchedule CONSTANT = new LossSchedule(0, 0, Decay.NONE, 0, null);

  /** The factor of one step, 0 or more; the term is not computed where it is 0. */
  public double factor(TrainingProgress progress) {
    return progress.epoch() >= end() ? 0 : rise(progress) * decayFactor(progress);
  }

  private double end() {
    return detachEpoch == null ? Double.POSITIVE_INFINITY : detachEpoch;
  }

  private double rise(TrainingProgress progress) {
    double bySteps = warmUpSteps == 0 ? 1 : (progress.step() + 1.0) / warmUpSteps;
    double byEpochs = warmUpEpochs == 0 ? 1 : progress.epoch() / warmUpEpochs;
    return Math.min(1, bySteps) * Math.min(1, byEpochs);
  }

  private double decayFactor(TrainingProgress progress) {
    double end = Math.min(end(), progress.epochs());
    double done = Math.min(1, progress.epoch() / end);
    return switch (decay) {
      case NONE -> 1;
      case LINEAR -> 1 - done * (1 - endFactor);
      case COSINE -> endFactor + (1 - endFactor) * 0.5 * (1 + Math.cos(Math.PI * done));
    };
  }
}
