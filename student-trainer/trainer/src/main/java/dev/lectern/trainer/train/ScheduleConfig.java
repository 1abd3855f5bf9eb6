package dev.lectern.trainer.train;

import static dev.lectern.trainer.train.Settings.orElse;
import static dev.lectern.trainer.train.Settings.require;

import java.util.List;

/**
 * How the learning rate changes; the part {@code schedule} of a run's YAML.
 *
 * @param name which form [step]
 * @param warmupSteps steps over which the rate rises linearly to its full value [500, or a tenth of
 *     the epochs if that is sooner]
 * @param warmupFactor share of the full rate at the first step [0.001]
 * @param milestones epochs after which a step schedule drops the rate [8/12 and 11/12 of the
 *     epochs]
 * @param gamma factor of each drop [0.1]
 * @param finalFactor share of the rate at which a cosine schedule ends [0.01]
 */
public record ScheduleConfig(
    Name name,
    Integer warmupSteps,
    Double warmupFactor,
    List<Double> milestones,
    Double gamma,
    Double finalFactor) {

  /** Forms of schedules. */
  public enum Name {
    CONSTANT,
    STEP,
    COSINE
  }

  public ScheduleConfig {
    name = orElse(name, Name.STEP);
    warmupFactor = orElse(warmupFactor, 0.001);
    milestones = milestones == null ? null : List.copyOf(milestones);
    gamma = orElse(gamma, 0.1);
    finalFactor = orElse(finalFactor, 0.01);
    require(
        warmupSteps == null || warmupSteps >= 0, "schedule.warmup-steps", warmupSteps, "0 or more");
    require(
        warmupFactor > 0 && warmupFactor <= 1,
        "schedule.warmup-factor",
        warmupFactor,
        "more than 0, at most 1");
    require(gamma > 0 && gamma <= 1, "schedule.gamma", gamma, "more than 0, at most 1");
    require(finalFactor >= 0 && finalFactor <= 1, "schedule.final-factor", finalFactor, "0 to 1");
  }

  /** Every default. */
  public static ScheduleConfig defaults() {
    return new ScheduleConfig(null, null, null, null, null, null);
  }
}
