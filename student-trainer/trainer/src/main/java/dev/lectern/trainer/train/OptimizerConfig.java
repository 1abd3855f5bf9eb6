package dev.lectern.trainer.train;

import dev.lectern.schemas.config.Key;

/** How weights follow gradients; the part {@code optimizer} of a run's YAML. */
public record OptimizerConfig(
    @Key(meaning = "which rule") Name name,
    @Key(above = 0, shownDefault = "0.01; adamw 0.001", meaning = "before warm-up and schedule")
        Double learningRate,
    @Key(
            min = 0,
            shownDefault = "0.0001; adamw 0.05",
            meaning =
                "pull towards 0 on weights of two or more dimensions, not on biases and norms")
        Double weightDecay,
    @Key(defaultsTo = "0.9", min = 0, below = 1, meaning = "of sgd") double momentum,
    @Key(defaultsTo = "false", meaning = "whether sgd looks ahead") boolean nesterov,
    @Key(defaultsTo = "0.9", min = 0, below = 1, meaning = "decay of adamw's first moment")
        double beta1,
    @Key(defaultsTo = "0.999", min = 0, below = 1, meaning = "decay of adamw's second moment")
        double beta2,
    @Key(defaultsTo = "1e-8", above = 0, meaning = "added to the denominator of adamw")
        double epsilon) {

  /** Update rules. */
  public enum Name {
    SGD,
    ADAMW
  }

  public OptimizerConfig {
    learningRate = learningRate == null ? (name == Name.SGD ? 0.01 : 0.001) : learningRate;
    weightDecay = weightDecay == null ? (name == Name.SGD ? 1e-4 : 0.05) : weightDecay;
  }
}
