package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.Parameter;
import java.util.List;
import java.util.Map;

/**
 * Moves learned parameters along their gradients.
 *
 * <p>Weight decay leaves one-dimensional parameters (biases, scales, shifts) alone. Updates are in
 * place and record no graph.
 */
interface Optimizer extends AutoCloseable {
  /**
   * One update.
   *
   * @param gradients one per parameter, in the order given at construction; may be changed
   * @param learningRate of this step
   * @param scope owns what the update needs in between
   */
  void step(List<NDArray> gradients, double learningRate, NDManager scope);

  /** Number of updates so far. */
  long steps();

  /** The state that is as large as the parameters, by slot and parameter name; live arrays. */
  Map<String, NDArray> state();

  /** Says how many updates the state (set through {@link #state}) stands for. */
  void restore(long steps);

  @Override
  void close();

  /** The optimiser of a configuration, with fresh state. */
  static Optimizer of(OptimizerConfig config, List<Parameter> parameters, NDManager manager) {
    return switch (config.name()) {
      case SGD ->
          new Sgd(parameters, config.momentum(), config.nesterov(), config.weightDecay(), manager);
      case ADAMW ->
          new AdamW(
              parameters,
              config.beta1(),
              config.beta2(),
              config.epsilon(),
              config.weightDecay(),
              manager);
    };
  }
}
