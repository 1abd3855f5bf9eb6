package dev.lectern.trainer.train;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.progress.Progress;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;

/**
 * A training run as a process of its own, so that a test can kill it. Arguments: config file, fresh
 * or resume.
 */
public final class RunMain {
  private RunMain() {}

  public static void main(String[] args) throws InterruptedException {
    TrainConfig config = ConfigLoader.load(Path.of(args[0]), List.of(), TrainConfig.class);
    TrainingRun.Start start = TrainingRun.Start.valueOf(args[1]);
    TrainingListener slow =
        new TrainingListener() {
          @Override
          public void stepped(Trainer trainer, StepReport step) {
            // Leaves the killer time to meet a step between two checkpoints.
            try {
              Thread.sleep(100);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    new TrainingRun(
            config, start, new SimpleMeterRegistry(), Progress.silentFactory(), List.of(slow))
        .run();
  }
}
