package dev.lectern.trainer.train;

import static dev.lectern.trainer.train.Settings.orElse;
import static dev.lectern.trainer.train.Settings.require;

/**
 * When the state of a run is written; the part {@code checkpoint} of a run's YAML.
 *
 * @param everySteps steps between checkpoints; 0 for none within an epoch [0]
 * @param everyEpochs epochs between checkpoints [1]
 * @param keep how many are kept, the newest [2]
 */
public record CheckpointConfig(Integer everySteps, Integer everyEpochs, Integer keep) {
  public CheckpointConfig {
    everySteps = orElse(everySteps, 0);
    everyEpochs = orElse(everyEpochs, 1);
    keep = orElse(keep, 2);
    require(everySteps >= 0, "checkpoint.every-steps", everySteps, "0 or more");
    require(everyEpochs >= 1, "checkpoint.every-epochs", everyEpochs, "1 or more");
    require(keep >= 1, "checkpoint.keep", keep, "1 or more");
  }

  /** Every default. */
  public static CheckpointConfig defaults() {
    return new CheckpointConfig(null, null, null);
  }
}
