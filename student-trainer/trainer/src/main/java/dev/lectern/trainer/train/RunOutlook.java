package dev.lectern.trainer.train;

import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says before the first step what of a run's schedule cannot work, as far as the present number of
 * views tells, and after the first steps how long the run will take if they are slow.
 */
final class RunOutlook implements TrainingListener {
  private static final Logger LOG = LoggerFactory.getLogger(RunOutlook.class);

  /** Steps that are looked at: the first one also loads what is loaded once. */
  private static final int MEASURED = 2;

  /** A step that takes longer is worth a line. */
  private static final double SLOW_SECONDS = 20;

  private boolean logged;
  private int steps;

  @Override
  public void epochStarts(Trainer trainer) {
    if (!logged) {
      logged = true;
      schedule(trainer);
    }
  }

  private static void schedule(Trainer trainer) {
    TrainConfig config = trainer.config();
    long perEpoch = trainer.stepsOfEpoch();
    long total = perEpoch * config.epochs();
    LOG.info(
        "the run takes {} steps, {} an epoch{}",
        total,
        perEpoch,
        trainer.replay().isOpen() ? ", by the views that are recorded now" : "");
    Integer warmup = config.schedule().warmupSteps();
    if (warmup == null) {
      return;
    }
    if (warmup >= total) {
      LOG.warn(
          "the warm-up takes {} steps (schedule.warmup-steps) and the run {}: the learning rate"
              + " never reaches its full value; leave the key out for a tenth of the run, or set at"
              + " most {}",
          warmup,
          total,
          total / 10);
      return;
    }
    for (double milestone :
        new LearningRateSchedule(config.schedule(), config.epochs()).milestones()) {
      if (milestone * perEpoch < warmup && milestone < config.epochs()) {
        LOG.warn(
            "the learning rate drops after epoch {} (step {}), before the warm-up ends at step {}"
                + " (schedule.milestones, .warmup-steps)",
            milestone,
            Math.round(milestone * perEpoch),
            warmup);
        return;
      }
    }
  }

  @Override
  public void stepped(Trainer trainer, StepReport step) {
    if (++steps != MEASURED || step.seconds() < SLOW_SECONDS) {
      return;
    }
    Position position = trainer.position();
    long left =
        (long) trainer.stepsOfEpoch() * (trainer.config().epochs() - position.epoch())
            - position.step();
    Duration time = Duration.ofSeconds(Math.round(left * step.seconds()));
    LOG.warn(
        "a step takes {} s, {} s of it waiting for data: the remaining {} steps take about {} h {}"
            + " min on device {} with {} threads; a smaller student, a smaller batch-size or a GPU"
            + " is faster",
        String.format(Locale.ROOT, "%.0f", step.seconds()),
        String.format(Locale.ROOT, "%.0f", step.waitSeconds()),
        left,
        time.toHours(),
        time.toMinutesPart(),
        trainer.device().name(),
        trainer.config().threads());
  }
}
