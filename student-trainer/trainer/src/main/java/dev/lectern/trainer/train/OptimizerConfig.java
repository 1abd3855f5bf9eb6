package dev.lectern.trainer.train;

import static dev.lectern.trainer.train.Settings.orElse;
import static dev.lectern.trainer.train.Settings.require;

/**
 * How weights follow gradients; the part {@code optimizer} of a run's YAML.
 *
 * @param name which rule [sgd]
 * @param learningRate before warm-up and schedule [0.01 for sgd, 0.001 for adamw]
 * @param weightDecay pull towards 0 on weights of two or more dimensions [0.0001 for sgd, 0.05 for
 *     adamw]
 * @param momentum of sgd [0.9]
 * @param nesterov whether sgd looks ahead [false]
 * @param beta1 decay of adamw's first moment [0.9]
 * @param beta2 decay of adamw's second moment [0.999]
 * @param epsilon added to the denominator of adamw [1e-8]
 */
public record OptimizerConfig(
    Name name,
    Double learningRate,
    Double weightDecay,
    Double momentum,
    Boolean nesterov,
    Double beta1,
    Double beta2,
    Double epsilon) {

  /** Update rules. */
  public enum Name {
    SGD,
    ADAMW
  }

  public OptimizerConfig {
    name = orElse(name, Name.SGD);
    learningRate = orElse(learningRate, name == Name.SGD ? 0.01 : 0.001);
    weightDecay = orElse(weightDecay, name == Name.SGD ? 1e-4 : 0.05);
    momentum = orElse(momentum, 0.9);
    nesterov = orElse(nesterov, false);
    beta1 = orElse(beta1, 0.9);
    beta2 = orElse(beta2, 0.999);
    epsilon = orElse(epsilon, 1e-8);
    require(learningRate > 0, "optimizer.learning-rate", learningRate, "more than 0");
    require(weightDecay >= 0, "optimizer.weight-decay", weightDecay, "0 or more");
    require(momentum >= 0 && momentum < 1, "optimizer.momentum", momentum, "0 to below 1");
    require(beta1 >= 0 && beta1 < 1, "optimizer.beta1", beta1, "0 to below 1");
    require(beta2 >= 0 && beta2 < 1, "optimizer.beta2", beta2, "0 to below 1");
    require(epsilon > 0, "optimizer.epsilon", epsilon, "more than 0");
  }

  /** Every default. */
  public static OptimizerConfig defaults() {
    return new OptimizerConfig(null, null, null, null, null, null, null, null);
  }
}
