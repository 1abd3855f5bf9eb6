package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves learned parameters along their gradients.
 *
 * <p>Weight decay leaves one-dimensional parameters (biases, scales, shifts) alone. Updates are in
 * place and record no graph.
 */
abstract class Optimizer implements AutoCloseable {
  private final List<Parameter> parameters;
  private final NDManager manager;
  private final Map<String, NDArray> state = new LinkedHashMap<>();
  private long steps;

  Optimizer(List<Parameter> parameters, NDManager parent) {
    this.parameters = List.copyOf(parameters);
    this.manager = parent.newSubManager();
  }

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

  /** Keeps zeros of each parameter's shape. */
  final void remember(String slot) {
    for (Parameter parameter : parameters) {
      state.put(slot + "/" + parameter.name(), manager.zeros(parameter.shape()));
    }
  }

  /** What {@link #remember} has kept for a parameter. */
  final NDArray remembered(String slot, Parameter parameter) {
    return state.get(slot + "/" + parameter.name());
  }

  /**
   * One update.
   *
   * @param gradients one per parameter, in the order given at construction; may be changed
   * @param learningRate of this step
   * @param scope owns what the update needs in between
   */
  final void step(List<NDArray> gradients, double learningRate, NDManager scope) {
    steps++;
    GradientMode.off(
        () -> {
          for (int i = 0; i < parameters.size(); i++) {
            update(parameters.get(i), gradients.get(i), learningRate, scope);
          }
        });
  }

  /** Updates one parameter; {@link #steps} counts this update already. */
  abstract void update(Parameter parameter, NDArray gradient, double rate, NDManager scope);

  /** Hands an array over to a scope. */
  static NDArray in(NDManager scope, NDArray array) {
    array.attach(scope);
    return array;
  }

  /** Number of updates so far. */
  final long steps() {
    return steps;
  }

  /** The state that is as large as the parameters, by slot and parameter name; live arrays. */
  final Map<String, NDArray> state() {
    return state;
  }

  /** Says how many updates the state (set through {@link #state}) stands for. */
  final void restore(long stepsDone) {
    steps = stepsDone;
  }

  @Override
  public final void close() {
    manager.close();
  }
}
