package dev.lectern.trainer.train;

import dev.lectern.schemas.config.Key;
import java.util.List;

/** How the learning rate changes; the part {@code schedule} of a run's YAML. */
public record ScheduleConfig(
    @Key(
            defaultsTo = "step",
            meaning = "drops at milestones, stays constant, or falls along a cosine")
        Name name,
    @Key(
            min = 0,
            shownDefault = "500, or a tenth of the epochs if that is sooner",
            meaning =
                "over which the rate rises linearly; one longer than the run, or than the"
                    + " first milestone, is warned of")
        Integer warmupSteps,
    @Key(
            defaultsTo = "0.001",
            above = 0,
            max = 1,
            meaning = "share of the full rate at the first step")
        double warmupFactor,
    @Key(
            shownDefault = "8/12 and 11/12 of the epochs",
            meaning = "epochs after which a step schedule drops the rate")
        List<Double> milestones,
    @Key(defaultsTo = "0.1", above = 0, max = 1, meaning = "factor of each drop") double gamma,
    @Key(defaultsTo = "0.01", min = 0, max = 1, meaning = "share of the rate at which cosine ends")
        double finalFactor) {

  /** Forms of schedules. */
  public enum Name {
    CONSTANT,
    STEP,
    COSINE
  }

  public ScheduleConfig {
    milestones = milestones == null ? null : List.copyOf(milestones);
  }
}
