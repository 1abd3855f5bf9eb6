package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Stochastic gradient descent with momentum, weight decay and Nesterov's variant.
 *
 * <pre>
 *   g = gradient + decay · w        v = momentum · v + g
 *   w = w - rate · v                with Nesterov: w = w - rate · (g + momentum · v)
 * </pre>
 *
 * <p>Sutskever et al. 2013 in the form that PyTorch documents for {@code torch.optim.SGD}; v starts
 * at 0.
 */
final class Sgd implements Optimizer {
  private final List<Parameter> parameters;
  private final double momentum;
  private final boolean nesterov;
  private final double weightDecay;
  private final NDManager manager;
  private final Map<String, NDArray> velocity = new LinkedHashMap<>();
  private long steps;

  Sgd(
      List<Parameter> parameters,
      double momentum,
      boolean nesterov,
      double weightDecay,
      NDManager parent) {
    this.parameters = List.copyOf(parameters);
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.weightDecay = weightDecay;
    this.manager = parent.newSubManager();
    if (momentum > 0) {
      for (Parameter parameter : parameters) {
        velocity.put("velocity/" + parameter.name(), manager.zeros(parameter.shape()));
      }
    }
  }

  @Override
  public void step(List<NDArray> gradients, double learningRate, NDManager scope) {
    GradientMode.off(
        () -> {
          for (int i = 0; i < parameters.size(); i++) {
            update(parameters.get(i), gradients.get(i), learningRate, scope);
          }
        });
    steps++;
  }

  private void update(Parameter parameter, NDArray gradient, double rate, NDManager scope) {
    NDArray w = parameter.array();
    NDArray g = gradient;
    if (weightDecay > 0 && parameter.decays()) {
      g = g.add(in(scope, w.mul(weightDecay)));
      g.attach(scope);
    }
    NDArray direction = g;
    if (momentum > 0) {
      NDArray v = velocity.get("velocity/" + parameter.name());
      v.muli(momentum).addi(g);
      direction = nesterov ? in(scope, g.add(in(scope, v.mul(momentum)))) : v;
    }
    w.subi(in(scope, direction.mul(rate)));
  }

  private static NDArray in(NDManager scope, NDArray array) {
    array.attach(scope);
    return array;
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public Map<String, NDArray> state() {
    return velocity;
  }

  @Override
  public void restore(long stepsDone) {
    steps = stepsDone;
  }

  @Override
  public void close() {
    manager.close();
  }
}
