package dev.lectern.trainer.train;

import java.util.List;

/**
 * The learning rate as a share of its full value. It follows the progress through the epochs, so
 * that it is the same for any number of steps per epoch; warm-up counts steps, unless it is left to
 * the run: then it ends after 500 steps or a tenth of the epochs, whichever comes first. Has no
 * state: a position gives a rate.
 */
final class LearningRateSchedule {
  /** Maximum number of steps of the default warm-up. */
  static final int WARMUP_STEPS = 500;

  /** Such a warm-up takes one of so many parts of the run at most. */
  static final int WARMUP_PARTS = 10;

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
    return warmup(globalStep, epoch) * decay(epoch);
  }

  private double warmup(long globalStep, double epoch) {
    double done =
        config.warmupSteps() != null
            ? share(globalStep, config.warmupSteps())
            : Math.max(share(globalStep, WARMUP_STEPS), share(epoch * WARMUP_PARTS, epochs));
    return done >= 1 ? 1 : config.warmupFactor() + done * (1 - config.warmupFactor());
  }

  private static double share(double done, double all) {
    return all == 0 ? 1 : done / all;
  }

  /** Epochs after which the rate drops; none unless it is a step schedule. */
  List<Double> milestones() {
    return config.name() == ScheduleConfig.Name.STEP ? milestones : List.of();
  }

  private double decay(double epoch) {
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
