package dev.lectern.trainer.train;

import dev.lectern.schemas.config.Key;

/** When the state of a run is written; the part {@code checkpoint} of a run's YAML. */
public record CheckpointConfig(
    @Key(defaultsTo = "0", min = 0, meaning = "steps between checkpoints; 0: only between epochs")
        int everySteps,
    @Key(defaultsTo = "1", min = 1, meaning = "epochs between checkpoints") int everyEpochs,
    @Key(defaultsTo = "2", min = 1, meaning = "how many are kept, the newest") int keep) {}
