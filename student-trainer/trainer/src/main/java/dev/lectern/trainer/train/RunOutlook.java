package dev.lectern.trainer.train;

import dev.lectern.detector.network.ForwardPass;
import dev.lectern.detector.network.NativeDetector;
import dev.lectern.schemas.record.DatasetManifest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says before the first step what of a run's schedule cannot work, as far as the present number of
 * views tells, and how long the run will take if its steps are slow: an estimate from a forward
 * pass before the first step, and what was measured after the second.
 */
final class RunOutlook implements TrainingListener {
  private static final Logger LOG = LoggerFactory.getLogger(RunOutlook.class);

  /** Steps that are looked at: the first one also loads what is loaded once. */
  private static final int MEASURED = 2;

  /** A step that takes longer is worth a line. */
  static final double SLOW_SECONDS = 20;

  /** Forward passes that take as long as a step of one image: forward, and twice that backward. */
  private static final int PASSES = 3;

  private final double slowSeconds;
  private boolean logged;
  private int steps;

  /**
   * @param slowSeconds of a step, from which on the run's time is logged
   */
  RunOutlook(double slowSeconds) {
    this.slowSeconds = slowSeconds;
  }

  @Override
  public void epochStarts(Trainer trainer) {
    if (!logged) {
      logged = true;
      schedule(trainer);
      if (trainer.student() instanceof NativeDetector) {
        // TorchScript decides by its first runs how it goes on, so its first run is a step's.
        estimate(trainer);
      }
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
    if (++steps != MEASURED || step.seconds() < slowSeconds) {
      return;
    }
    LOG.warn(
        "a step takes {} s, {} s of it waiting for data: {}",
        String.format(Locale.ROOT, "%.0f", step.seconds()),
        String.format(Locale.ROOT, "%.0f", step.waitSeconds()),
        remaining(trainer, step.seconds()));
  }

  private void estimate(Trainer trainer) {
    int images = trainer.config().batchSize();
    double seconds = PASSES * images * passSeconds(trainer);
    if (seconds >= slowSeconds) {
      // Once more, without what is loaded once.
      seconds = PASSES * images * passSeconds(trainer);
    }
    if (seconds >= slowSeconds) {
      LOG.warn(
          "a step will take about {} s, as a forward pass of the student tells: {}",
          String.format(Locale.ROOT, "%.0f", seconds),
          remaining(trainer, seconds));
    }
  }

  /** What the student takes for one image. */
  private static double passSeconds(Trainer trainer) {
    DatasetManifest dataset = trainer.replay().dataset();
    int height = dataset.getHeight();
    int width = dataset.getWidth();
    ByteBuffer image =
        ByteBuffer.allocateDirect(3 * height * width * Float.BYTES).order(ByteOrder.nativeOrder());
    long start = System.nanoTime();
    ForwardPass.of(trainer.student(), image, 1, 3, height, width);
    return (System.nanoTime() - start) * 1e-9;
  }

  private static String remaining(Trainer trainer, double secondsOfStep) {
    Position position = trainer.position();
    long left =
        (long) trainer.stepsOfEpoch() * (trainer.config().epochs() - position.epoch())
            - position.step();
    return remaining(left, secondsOfStep, trainer.device().name(), trainer.config().threads());
  }

  static String remaining(long steps, double secondsOfStep, String device, int threads) {
    Duration time = Duration.ofSeconds(Math.round(steps * secondsOfStep));
    return "the remaining "
        + steps
        + " steps take about "
        + time.toHours()
        + " h "
        + time.toMinutesPart()
        + " min on device "
        + device
        + " with "
        + threads
        + " threads; a smaller student, a smaller batch-size or a GPU is faster";
  }
}
