package dev.lectern.trainer.train;

import java.util.List;

/**
 * The learning rate as a share of its full value. It follows the progress through the epochs, so
 * that it is the same for any number of steps per epoch; warm-up counts steps. Has no state: a
 * position gives a rate.
 */
final class LearningRateSchedule {
  private final ScheduleConfig config;
  private final int epochs;
  private final List<Double> milestones;

  LearningRateSchedule(ScheduleConfig config, int epochs) {
    this.config = config;
    this.epochs = epochs;
    this.milestones =
        config.milestones() != null
            ? config.milestones()
            : List.of(
                (double) Math.round(epochs * 8 / 12.0), (double) Math.round(epochs * 11 / 12.0));
  }

  /**
   * The factor for one step.
   *
   * @param globalStep steps done before
   * @param epoch epochs done before, with the done part of the present one, e.g. 2.25
   */
  double factor(long globalStep, double epoch) {
    return warmup(globalStep) * course(epoch);
  }

  private double warmup(long globalStep) {
    if (globalStep >= config.warmupSteps()) {
      return 1;
    }
    double done = (double) globalStep / config.warmupSteps();
    return config.warmupFactor() + done * (1 - config.warmupFactor());
  }

  private double course(double epoch) {
    return switch (config.name()) {
      case CONSTANT -> 1;
      case STEP -> Math.pow(config.gamma(), milestones.stream().filter(m -> epoch >= m).count());
      case COSINE ->
          config.finalFactor()
              + (1 - config.finalFactor())
                  * 0.5
                  * (1 + Math.cos(Math.PI * Math.min(1, epoch / epochs)));
    };
  }
}
