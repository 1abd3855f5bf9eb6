package dev.lectern.bench.loss;

import dev.lectern.trainer.replay.Replay;
import dev.lectern.trainer.train.StepReport;
import dev.lectern.trainer.train.TrainConfig;
import dev.lectern.trainer.train.Trainer;
import dev.lectern.trainer.train.TrainingListener;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

/**
 * A training run that does one step when asked and rests in between, so that steps of several runs
 * can take turns. Each has a thread of its own.
 */
final class SteppedTrainer implements AutoCloseable {
  private final Semaphore permits = new Semaphore(0);
  private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private volatile boolean closed;

  /**
   * What a step took.
   *
   * @param wallMs milliseconds without waiting for data
   * @param cpuMs processor time of the training thread, milliseconds: with one thread of arithmetic
   *     the same on a quiet machine, and hardly more on a busy one
   */
  record Step(double wallMs, double cpuMs) {}

  private record Outcome(Step step, RuntimeException failure) {}

  SteppedTrainer(TrainConfig config, Replay replay) {
    thread.submit(() -> train(config, replay));
  }

  private void train(TrainConfig config, Replay replay) {
    try (Trainer made = new Trainer(config, replay, List.of(new Resting()))) {
      permits.acquire();
      if (!closed) {
        made.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      outcomes.add(new Outcome(null, e));
    }
  }

  private final class Resting implements TrainingListener {
    private long cpuBefore;

    @Override
    public void started(Trainer trainer) {
      cpuBefore = cpu();
    }

    @Override
    public void stepped(Trainer trainer, StepReport step) {
      double cpuMs = (cpu() - cpuBefore) / 1e6;
      outcomes.add(new Outcome(new Step(1e3 * (step.seconds() - step.waitSeconds()), cpuMs), null));
      permits.acquireUninterruptibly();
      cpuBefore = cpu();
      if (closed) {
        trainer.stop();
      }
    }
  }

  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /**
   * Does one step.
   *
   * @throws RuntimeException what ended the run
   */
  Step step() throws InterruptedException {
    permits.release();
    Outcome outcome = outcomes.take();
    if (outcome.failure() != null) {
      throw outcome.failure();
    }
    return outcome.step();
  }

  @Override
  public void close() {
    closed = true;
    permits.release();
    thread.shutdown();
  }
}
