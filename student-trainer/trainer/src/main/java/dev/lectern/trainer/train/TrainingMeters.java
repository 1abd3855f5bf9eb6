package dev.lectern.trainer.train;

import dev.lectern.schemas.status.Liveness;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Shows a run to a metrics system: {@code lectern.trainer.step} and {@code lectern.trainer.wait}
 * (timers), {@code lectern.trainer.images} and {@code lectern.trainer.checkpoints} (counters), and
 * as gauges {@code lectern.trainer.loss} (tag {@code loss}), {@code lectern.trainer.learning.rate},
 * {@code lectern.trainer.epoch}, {@code lectern.trainer.ap} (of pixels mIoU) and {@code
 * lectern.trainer.silence} (seconds since the run last finished something, from its start on).
 */
public final class TrainingMeters implements TrainingListener {
  private final MeterRegistry registry;
  private final Timer steps;
  private final Timer waits;
  private final Counter images;
  private final Counter checkpoints;
  private final Liveness sign = new Liveness();
  private final Map<String, AtomicReference<Double>> gauges = new ConcurrentHashMap<>();

  public TrainingMeters(MeterRegistry registry) {
    this.registry = registry;
    this.steps = registry.timer("lectern.trainer.step");
    this.waits = registry.timer("lectern.trainer.wait");
    this.images = registry.counter("lectern.trainer.images");
    this.checkpoints = registry.counter("lectern.trainer.checkpoints");
  }

  @Override
  public void started(Trainer trainer) {
    sign.beat();
    registry.gauge("lectern.trainer.silence", sign, Liveness::silentSeconds);
  }

  @Override
  public void stepped(Trainer trainer, StepReport step) {
    sign.beat();
    steps.record(seconds(step.seconds()));
    waits.record(seconds(step.waitSeconds()));
    images.increment(step.images());
    gauge("lectern.trainer.learning.rate", "", step.learningRate());
    gauge("lectern.trainer.epoch", "", trainer.position().epoch());
    gauge("lectern.trainer.loss", "total", step.total());
    step.losses().forEach((name, value) -> gauge("lectern.trainer.loss", name, value));
  }

  @Override
  public void evaluated(Trainer trainer, EvaluationReport report) {
    sign.beat();
    gauge("lectern.trainer.ap", "", report.metrics().main());
  }

  @Override
  public void checkpointed(Trainer trainer, java.nio.file.Path file) {
    sign.beat();
    checkpoints.increment();
  }

  @Override
  public void ended(Trainer trainer) {
    sign.rest();
  }

  private void gauge(String name, String loss, double value) {
    gauges
        .computeIfAbsent(
            name + loss,
            key -> {
              AtomicReference<Double> held = new AtomicReference<>();
              String[] tags = loss.isEmpty() ? new String[0] : new String[] {"loss", loss};
              registry.gauge(
                  name, io.micrometer.core.instrument.Tags.of(tags), held, AtomicReference::get);
              return held;
            })
        .set(value);
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }
}
